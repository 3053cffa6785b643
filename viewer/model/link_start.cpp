// How a budget begins on a link of which nothing is known: from small images up.
#include <algorithm>
#include <utility>

#include "viewer/model/link_budget.h"

namespace slicecast::viewer {
namespace {

constexpr std::uint32_t kFirstSide = 128, kFirstPreview = 64;
constexpr double kStep_s = 0.5;  // that the images of the next quality may take
constexpr int kEnoughTimed = 3;  // some of them come late because somebody is busy
constexpr std::int64_t kSilence_ns = 2'000'000'000;

}  // namespace

void LinkBudget::begin() {
  starting_ = true;
  level_ = levels().size() - 1;
  choice_ = {v1::QUANTISED_8, kFirstSide, 0, 0, kFirstPreview};
}

// The very first image only says that there is something to ask for again: it may have waited for
// its data.
bool LinkBudget::time_start(const Arrival& arrival, double since_s, std::int64_t now_ns) {
  if (!starting()) return false;
  if (!std::exchange(started_, true)) {
    ask_start(level_, now_ns);
    return true;
  }
  const auto bytes = static_cast<double>(arrival.bytes);
  if (since_s > 0 && bytes * shortest_s_ >= timed_bytes_ * since_s) {
    timed_bytes_ = bytes;
    shortest_s_ = since_s;
  }
  return step_start(now_ns, ++timed_ >= kEnoughTimed);
}

bool LinkBudget::advance(std::int64_t now_ns) {
  if (!starting() || !started_ || now_ns - std::max(last_ns_, changed_ns_) < kSilence_ns)
    return false;
  return step_start(now_ns, true);
}

// `enough`: if the next quality does not fit now, it does not. Without the round trip a long way
// cannot be told from a thin one.
bool LinkBudget::step_start(std::int64_t now_ns, bool enough) {
  double carried = 0;
  bool by_round_trip = round_trip_s_ <= 0;
  if (timed_bytes_ > 0) {
    const double transfer_s = std::max(shortest_s_ - round_trip_s_, kTransfer * shortest_s_);
    carried = timed_bytes_ / transfer_s;
    by_round_trip = by_round_trip || round_trip_s_ > (1 - kTransfer) * shortest_s_;
  }
  std::size_t next = level_;
  while (next > 0 && bytes_of(next) <= bytes_of(level_)) --next;
  const double bytes = bytes_of(next);
  const bool all = bytes <= bytes_of(level_);  // nothing better is left
  const bool fits =
      bytes <= kStep_s * carried && (by_round_trip || bytes * kFluid_hz <= kLoad * carried);
  if (!all && !fits && (!enough || round_trip_s_ <= 0)) return false;
  if (!all && fits) {
    ask_start(next, now_ns);
    return true;
  }
  starting_ = false;
  start_window(now_ns);
  if (all) {
    level_ = 0;
    choice_ = LinkChoice();
  } else {
    capacity_ = carried;
    enter(level_, now_ns);
  }
  return true;
}

void LinkBudget::ask_start(std::size_t level, std::int64_t now_ns) {
  level_ = level;
  changed_ns_ = now_ns;
  timed_ = 0;
  shortest_s_ = timed_bytes_ = 0;
  choice_.encoding = levels()[level].encoding;
  choice_.max_side = side_of(level);
}

}  // namespace slicecast::viewer
