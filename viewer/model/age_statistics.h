// Age of what is seen: median and 99th percentile over a sliding window. Age = time it was put on
// the screen + (server clock - our clock) - acquired_ns. One thread.
#pragma once

#include <cstdint>
#include <deque>

namespace slicecast::viewer {

struct AgeFigures {
  std::uint64_t samples = 0;  // in the window; 0: the rest means nothing
  double p50_ms = 0, p99_ms = 0, newest_ms = 0;
  double error_ms = 0;        // of the clock offset: every figure may be off by this much
  bool offset_known = false;  // false: the clocks were taken as equal
};

class AgeStatistics {
 public:
  explicit AgeStatistics(std::int64_t window_ns = 10'000'000'000, std::size_t most_samples = 4096);

  // Of the server that stamps: as ControlClient::clock_offset() gives it.
  void set_clock(std::int64_t offset_ns, std::int64_t error_ns, bool known);
  // An image was shown; both system clock, ns since the epoch. acquired_ns 0 (not known) is
  // ignored.
  void shown(std::int64_t acquired_ns, std::int64_t shown_ns);
  // Percentiles by linear interpolation between ranks. Ages below 0 (clock error) count as 0.
  AgeFigures figures(std::int64_t now_ns) const;
  void clear() { samples_.clear(); }

 private:
  struct Sample {
    std::int64_t shown_ns, age_ns;
  };
  const std::int64_t window_ns_;
  const std::size_t most_;
  std::int64_t offset_ns_ = 0, error_ns_ = 0;
  bool known_ = false;
  std::deque<Sample> samples_;
};

}  // namespace slicecast::viewer
