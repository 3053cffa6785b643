#include "services/source/pacer.h"

namespace slicecast::source {

namespace {
constexpr std::chrono::seconds kMostBehind{1};
}

void Pacer::set_rate(double per_second) {
  {
    std::lock_guard lock(mutex_);
    if (rate_ == per_second) return;
    rate_ = per_second;
    turn_ = 0;
  }
  changed_.notify_all();
}

double Pacer::rate() const {
  std::lock_guard lock(mutex_);
  return rate_;
}

void Pacer::restart() {
  std::lock_guard lock(mutex_);
  turn_ = 0;
}

std::uint64_t Pacer::late_restarts() const {
  std::lock_guard lock(mutex_);
  return late_restarts_;
}

bool Pacer::wait(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (stop.stop_requested()) return false;
    if (rate_ <= 0) return true;
    const auto now = Clock::now();
    if (turn_ == 0) {
      first_ = now;
      turn_ = 1;
      return true;
    }
    const std::chrono::duration<double> since_first(static_cast<double>(turn_) / rate_);
    const auto due = first_ + std::chrono::duration_cast<Clock::duration>(since_first);
    if (now - due > kMostBehind) {
      ++late_restarts_;
      turn_ = 0;
      continue;
    }
    if (now >= due) {
      ++turn_;
      return true;
    }
    // A change of rate sets turn_ to 0, which the next round sees.
    changed_.wait_until(lock, stop, due, [this] { return turn_ == 0 || rate_ <= 0; });
  }
}

}  // namespace slicecast::source
