#include "viewer/model/age_statistics.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace slicecast::viewer {
namespace {

// Of rising values, linear between ranks.
double quantile(const std::vector<double>& rising, double q) {
  const double rank = q * static_cast<double>(rising.size() - 1);
  const auto below = static_cast<std::size_t>(rank);
  const auto above = std::min(below + 1, rising.size() - 1);
  return rising[below] + (rank - std::floor(rank)) * (rising[above] - rising[below]);
}

}  // namespace

AgeStatistics::AgeStatistics(std::int64_t window_ns, std::size_t most_samples)
    : window_ns_(window_ns), most_(std::max<std::size_t>(most_samples, 1)) {}

void AgeStatistics::set_clock(std::int64_t offset_ns, std::int64_t error_ns, bool known) {
  offset_ns_ = known ? offset_ns : 0;
  error_ns_ = known ? error_ns : 0;
  known_ = known;
}

void AgeStatistics::shown(std::int64_t acquired_ns, std::int64_t shown_ns) {
  if (acquired_ns == 0) return;
  const std::int64_t age = shown_ns + offset_ns_ - acquired_ns;
  samples_.push_back({shown_ns, std::max<std::int64_t>(age, 0)});
  while (samples_.size() > most_ || samples_.front().shown_ns < shown_ns - window_ns_)
    samples_.pop_front();
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
  if (ages.empty()) return figures;
  figures.newest_ms = ages.back();
  std::ranges::sort(ages);
  figures.p50_ms = quantile(ages, 0.5);
  figures.p99_ms = quantile(ages, 0.99);
  return figures;
}

}  // namespace slicecast::viewer
