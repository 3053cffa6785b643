#include "viewer/app/frame_meter.h"

#include <algorithm>
#include <numeric>

namespace slicecast::viewer {
namespace {

constexpr std::size_t kSamples = 4096;
constexpr std::int64_t kSecond = 1'000'000'000;

void keep(std::deque<double>& samples, double value) {
  samples.push_back(value);
  if (samples.size() > kSamples) samples.pop_front();
}

double ms(std::int64_t ns) {
  return 1e-6 * static_cast<double>(ns);
}

}  // namespace

const char* to_string(Stage stage) {
  switch (stage) {
    case Stage::arrivals: return "arrivals";
    case Stage::upload: return "upload";
    case Stage::scene: return "scene";
    case Stage::panels: return "panels";
    case Stage::swap: return "swap";
    case Stage::whole: break;
  }
  return "whole";
}

StageFigures figures_of(std::deque<double> samples) {
  if (samples.empty()) return {};
  std::ranges::sort(samples);
  const auto at = [&](double share) {
    return samples[static_cast<std::size_t>(share * static_cast<double>(samples.size() - 1))];
  };
  const double mean =
      std::accumulate(samples.begin(), samples.end(), 0.0) / static_cast<double>(samples.size());
  return {at(0.5), at(0.99), samples.back(), mean};
}

void FrameMeter::begin(std::int64_t now_ns) {
  stage_ns_ = now_ns;
}

void FrameMeter::done(Stage stage, std::int64_t now_ns) {
  since_frame_ns_[static_cast<std::size_t>(stage)] += now_ns - stage_ns_;
  since_frame_ns_[static_cast<std::size_t>(Stage::whole)] += now_ns - stage_ns_;
  stage_ns_ = now_ns;
}

void FrameMeter::end(std::int64_t now_ns) {
  done(Stage::swap, now_ns);
  for (std::size_t stage = 0; stage < samples_.size(); ++stage)
    keep(samples_[stage], ms(since_frame_ns_[stage]));
  since_frame_ns_ = {};
  ++frames_;
  drawn_ns_.push_back(now_ns);
  while (now_ns - drawn_ns_.front() > kSecond) drawn_ns_.pop_front();
}

StageFigures FrameMeter::of(Stage stage) const {
  return figures_of(samples_[static_cast<std::size_t>(stage)]);
}

double FrameMeter::frames_per_s(std::int64_t now_ns) const {
  return static_cast<double>(std::ranges::count_if(
      drawn_ns_, [&](std::int64_t drawn) { return now_ns - drawn <= kSecond; }));
}

double FrameMeter::recent_ms() const {
  const auto& whole = samples_[static_cast<std::size_t>(Stage::whole)];
  const std::size_t count = std::min<std::size_t>(16, whole.size());
  if (count == 0) return 0;
  return std::accumulate(whole.end() - static_cast<std::ptrdiff_t>(count), whole.end(), 0.0) /
         static_cast<double>(count);
}

void FrameMeter::volume(bool fine) {
  ++volumes_.drawn;
  if (fine) ++volumes_.fine;
}

void FrameMeter::clear() {
  volumes_ = {};
  for (auto& samples : samples_) samples.clear();
}

}  // namespace slicecast::viewer
