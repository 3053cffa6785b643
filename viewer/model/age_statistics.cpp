#include "viewer/model/age_statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace slicecast::viewer {
namespace {

// Slow scans may take as long between two projections.
constexpr double kStoppedMs = 1000;

// Of rising values, linear between ranks.
double quantile(const std::vector<double>& rising, double q) {
  const double rank = q * static_cast<double>(rising.size() - 1);
  const auto below = static_cast<std::size_t>(rank);
  const auto above = std::min(below + 1, rising.size() - 1);
  return rising[below] + (rank - std::floor(rank)) * (rising[above] - rising[below]);
}

}  // namespace

bool AgeFigures::stopped() const {
  return stands && standing_ms > std::max(samples > 0 ? p99_ms : 0, kStoppedMs);
}

double AgeFigures::worst_ms() const {
  return std::max(samples > 0 ? p99_ms : 0, stands ? standing_ms : 0);
}

std::string age_text(const AgeFigures& figures) {
  constexpr double kInSeconds = 10000;
  if (!figures.known()) return {};
  if (figures.stopped())
    return fmt::format("age {:.0f} s, nothing newer", std::ceil(figures.standing_ms / 1000));
  const double p99 = figures.worst_ms();
  return p99 < kInSeconds
             ? fmt::format("age {:.0f} / {:.0f} ms (p50 / p99)", figures.p50_ms, p99)
             : fmt::format("age {:.0f} / {:.0f} s (p50 / p99)", figures.p50_ms / 1000, p99 / 1000);
}

AgeStatistics::AgeStatistics(std::int64_t window_ns, std::size_t most_samples)
    : window_ns_(window_ns), most_(std::max<std::size_t>(most_samples, 1)) {}

void AgeStatistics::set_clock(std::int64_t offset_ns, std::int64_t error_ns, bool known) {
  offset_ns_ = known ? offset_ns : 0;
  error_ns_ = known ? error_ns : 0;
  known_ = known;
}

void AgeStatistics::shown(std::int64_t acquired_ns, std::int64_t shown_ns) {
  if (acquired_ns == 0) return;
  stands(acquired_ns);
  const std::int64_t age = shown_ns + offset_ns_ - acquired_ns;
  samples_.push_back({shown_ns, std::max<std::int64_t>(age, 0)});
  while (samples_.size() > most_ || samples_.front().shown_ns < shown_ns - window_ns_)
    samples_.pop_front();
}

void AgeStatistics::stands(std::int64_t acquired_ns) {
  newest_acquired_ns_ = std::max(newest_acquired_ns_, acquired_ns);
}

void AgeStatistics::forget() {
  samples_.clear();
  newest_acquired_ns_ = 0;
  set_clock(0, 0, false);
}

AgeFigures AgeStatistics::figures(std::int64_t now_ns) const {
  std::vector<double> ages;
  for (const Sample& sample : samples_)
    if (sample.shown_ns >= now_ns - window_ns_)
      ages.push_back(static_cast<double>(sample.age_ns) * 1e-6);
  AgeFigures figures;
  figures.samples = ages.size();
  figures.error_ms = static_cast<double>(error_ns_) * 1e-6;
  figures.offset_known = known_;
  figures.stands = newest_acquired_ns_ != 0;
  if (figures.stands)
    figures.standing_ms =
        std::max(0.0, static_cast<double>(now_ns + offset_ns_ - newest_acquired_ns_) * 1e-6);
  if (ages.empty()) return figures;
  figures.newest_ms = ages.back();
  std::ranges::sort(ages);
  figures.p50_ms = quantile(ages, 0.5);
  figures.p99_ms = quantile(ages, 0.99);
  return figures;
}

}  // namespace slicecast::viewer
