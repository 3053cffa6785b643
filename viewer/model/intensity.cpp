#include "viewer/model/intensity.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace slicecast::viewer {
namespace {

constexpr std::array<const char*, 3> kScaleNames{"linear", "log", "gamma"};
constexpr double kLowShare = 0.005, kHighShare = 0.995;
constexpr double kStartGliding = 0.05, kStopGliding = 0.005;  // shares of the span
constexpr double kGlideSeconds = 0.3;

}  // namespace

const char* to_string(Scale scale) {
  return kScaleNames[static_cast<std::size_t>(scale)];
}

Result<Scale> parse_scale(std::string_view name) {
  for (std::size_t i = 0; i < kScaleNames.size(); ++i)
    if (name == kScaleNames[i]) return static_cast<Scale>(i);
  return Error{Errc::invalid_argument, "there is no intensity scale '" + std::string(name) +
                                           "'; take linear, log or gamma"};
}

Result<void> validate(const Intensity& intensity) {
  const double span = intensity.high - intensity.low;
  if (!std::isfinite(intensity.low) || !std::isfinite(intensity.high) || !(span > 0) ||
      !std::isfinite(span))
    return Error{
        Errc::invalid_argument,
        "the intensity limits must be numbers with low < high; press C for automatic ones"};
  if (!(intensity.gamma >= 0.1 && intensity.gamma <= 10))
    return Error{Errc::invalid_argument, "gamma must be between 0.1 and 10; 1 is linear"};
  return {};
}

double share_of(const Intensity& intensity, double value) {
  if (std::isnan(value)) return value;
  const double x = std::clamp((value - intensity.low) / (intensity.high - intensity.low), 0.0, 1.0);
  switch (intensity.scale) {
    case Scale::linear: break;
    case Scale::log: return std::log1p(kLogGain * x) / std::log1p(kLogGain);
    case Scale::gamma: return std::pow(x, intensity.gamma);
  }
  return x;
}

double value_of(const Intensity& intensity, double share) {
  double x = std::clamp(share, 0.0, 1.0);
  switch (intensity.scale) {
    case Scale::linear: break;
    case Scale::log: x = std::expm1(x * std::log1p(kLogGain)) / kLogGain; break;
    case Scale::gamma: x = std::pow(x, 1 / intensity.gamma); break;
  }
  return intensity.low + (intensity.high - intensity.low) * x;
}

Result<Limits> auto_limits(const Histogram& histogram) {
  if (histogram.finite == 0)
    return Error{Errc::not_found,
                 "there is no value to take the contrast from yet; wait for the first image"};
  Limits limits{percentile(histogram, kLowShare), percentile(histogram, kHighShare)};
  if (limits.high > limits.low) return limits;
  // More than 99 % of one value: take in the rest; all of one value: a little about it.
  limits = {histogram.minimum, histogram.maximum};
  if (limits.high > limits.low) return limits;
  const double half = std::max(std::abs(limits.low) * 1e-3, 1e-12);
  return Limits{limits.low - half, limits.high + half};
}

// Locked slices share the entry of the empty name, which no slice has.
const std::string& IntensitySet::key(const std::string& slice) const {
  static const std::string shared;
  return locked_ ? shared : slice;
}

IntensitySet::Entry& IntensitySet::entry(const std::string& slice) {
  return entries_.try_emplace(key(slice), Entry{latest_}).first->second;
}

const Intensity& IntensitySet::of(const std::string& slice) const {
  const auto found = entries_.find(key(slice));
  return found == entries_.end() ? latest_ : found->second.intensity;
}

Result<void> IntensitySet::set(const std::string& slice, const Intensity& intensity) {
  if (auto ok = validate(intensity); !ok) return ok;
  Entry& changed = entry(slice);
  changed.intensity = latest_ = intensity;
  changed.gliding = false;
  return {};
}

void IntensitySet::lock(bool locked, const std::string& slice) {
  if (locked == locked_) return;
  if (locked) {
    const Entry common = entry(slice);
    locked_ = true;
    latest_ = common.intensity;
    entries_[key(slice)] = common;
    return;
  }
  const Entry common = entry(slice);
  entries_.erase(key(slice));
  locked_ = false;
  for (auto& [id, one] : entries_) one = common;
  latest_ = common.intensity;
}

Result<void> IntensitySet::contrast_once(const std::string& slice, const Histogram& histogram) {
  const auto limits = auto_limits(histogram);
  if (!limits) return limits.error();
  Entry& changed = entry(slice);
  changed.following = changed.gliding = false;
  changed.intensity.low = limits->low;
  changed.intensity.high = limits->high;
  latest_ = changed.intensity;
  return {};
}

bool IntensitySet::following(const std::string& slice) const {
  const auto found = entries_.find(key(slice));
  return found != entries_.end() && found->second.following;
}

void IntensitySet::follow(const std::string& slice, bool on) {
  Entry& changed = entry(slice);
  changed.gliding = on && !changed.following;
  changed.following = on;
}

bool IntensitySet::update(const std::string& slice, const Histogram& histogram, double seconds) {
  const auto found = entries_.find(key(slice));
  if (found == entries_.end() || !found->second.following) return false;
  const auto wanted = auto_limits(histogram);
  if (!wanted) return false;
  Entry& entry = found->second;
  Intensity& now = entry.intensity;
  const double span = wanted->high - wanted->low;
  const double off = std::max(std::abs(wanted->low - now.low), std::abs(wanted->high - now.high));
  if (off > kStartGliding * span) entry.gliding = true;
  if (!entry.gliding) return false;
  if (off <= kStopGliding * span) {
    entry.gliding = false;
    return false;
  }
  const double share = 1 - std::exp(-std::max(0.0, seconds) / kGlideSeconds);
  now.low += (wanted->low - now.low) * share;
  now.high += (wanted->high - now.high) * share;
  return share > 0;
}

void IntensitySet::erase(const std::string& slice) {
  if (!slice.empty()) entries_.erase(slice);
}

}  // namespace slicecast::viewer
