// Even spacing in time without drift: the n-th turn is due n/rate after the first, whatever the
// work in between took.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>

namespace slicecast::source {

// One thread waits, any thread sets the rate.
class Pacer {
 public:
  using Clock = std::chrono::steady_clock;

  void set_rate(double per_second);  // 0: no waiting; counts anew from now
  double rate() const;
  void restart();  // counts anew from the next turn

  // Waits until the next turn is due. False when stopped. Who is more than a second behind starts
  // anew instead of catching up in a burst.
  bool wait(std::stop_token stop);
  std::uint64_t late_restarts() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  double rate_ = 0;
  std::uint64_t turn_ = 0;  // since `first_`
  Clock::time_point first_{};
  std::uint64_t late_restarts_ = 0;
};

}  // namespace slicecast::source
