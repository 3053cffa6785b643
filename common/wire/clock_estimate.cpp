#include "common/wire/clock_estimate.h"

#include <algorithm>

namespace slicecast::wire {
namespace {

constexpr std::size_t kRecent = 16;

}  // namespace

void ClockEstimate::add(std::int64_t sent, std::int64_t received, std::int64_t server_time) {
  if (server_time <= 0 || received < sent) return;  // our own clock was set back in between
  const std::int64_t half = (received - sent) / 2;
  std::lock_guard lock(mutex_);
  recent_.push_back({server_time - (sent + half), half, true});
  if (recent_.size() > kRecent) recent_.pop_front();
}

void ClockEstimate::restart() {
  std::lock_guard lock(mutex_);
  recent_.clear();
}

ClockOffset ClockEstimate::best() const {
  std::lock_guard lock(mutex_);
  const auto least = std::min_element(
      recent_.begin(), recent_.end(),
      [](const ClockOffset& a, const ClockOffset& b) { return a.error_ns < b.error_ns; });
  return least == recent_.end() ? ClockOffset{} : *least;
}

}  // namespace slicecast::wire
