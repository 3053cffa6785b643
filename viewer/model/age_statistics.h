// Age of what is seen: median and 99th percentile over a sliding window, of images as they come to
// the screen, and how old the newest of them has become since. Age = time it was put on the screen
// (or now) + (server clock - our clock) - acquired_ns. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

namespace slicecast::viewer {

struct AgeFigures {
  std::uint64_t samples = 0;  // in the window; 0: the percentiles mean nothing
  double p50_ms = 0, p99_ms = 0, newest_ms = 0;
  double standing_ms = 0;     // of the newest that is on the screen, by now
  bool stands = false;        // one is, with a known time
  double error_ms = 0;        // of the clock offset: every figure may be off by this much
  bool offset_known = false;  // false: the clocks were taken as equal

  // Nothing newer comes: then the age by now is all there is to tell.
  bool stopped() const;
  bool known() const { return samples > 0 || stopped(); }
  // What is seen is at least as old as its newest image has become.
  double worst_ms() const;
};

// "age 12 / 34 ms (p50 / p99)", "age 7 s, nothing newer"; empty: not known.
std::string age_text(const AgeFigures& figures);

class AgeStatistics {
 public:
  explicit AgeStatistics(std::int64_t window_ns = 10'000'000'000, std::size_t most_samples = 4096);

  // Of the server that stamps: as ControlClient::clock_offset() gives it.
  void set_clock(std::int64_t offset_ns, std::int64_t error_ns, bool known);
  // An image was shown; both system clock, ns since the epoch. acquired_ns 0 (not known) is
  // ignored.
  void shown(std::int64_t acquired_ns, std::int64_t shown_ns);
  // An image is on the screen that says nothing about its way there, because it is old news.
  void stands(std::int64_t acquired_ns);
  // Percentiles by linear interpolation between ranks. Ages below 0 (clock error) count as 0.
  AgeFigures figures(std::int64_t now_ns) const;
  void clear() { samples_.clear(); }  // the newest image stays on the screen
  void forget();                      // and now it does not

 private:
  struct Sample {
    std::int64_t shown_ns, age_ns;
  };
  const std::int64_t window_ns_;
  const std::size_t most_;
  std::int64_t offset_ns_ = 0, error_ns_ = 0;
  std::int64_t newest_acquired_ns_ = 0;  // 0: none
  bool known_ = false;
  std::deque<Sample> samples_;
};

}  // namespace slicecast::viewer
