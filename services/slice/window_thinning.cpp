// How a window keeps to its limit.
#include <algorithm>

#include "services/slice/window.h"

namespace slicecast::slice {
namespace {

constexpr std::size_t kFewest = 2;

// A window that is fuller than this of its limit is as full as it should be. Far enough below 1
// that neither lost projections nor a share of whole numbers make it change its mind.
constexpr double kFullEnough = 0.75;

}  // namespace

void Window::set_limit(std::size_t most) {
  limit_ = std::max(most, kFewest);
  fit();
}

template <class GivesWay>
bool Window::put_out_oldest(GivesWay gives_way) {
  for (Entries* set : {&entries_, &pending_}) {
    const auto found = std::find_if(set->begin(), set->end(),
                                    [&](const auto& item) { return gives_way(*item.second); });
    if (found == set->end()) continue;
    set->erase(found);
    ++thinned_;
    return true;
  }
  return false;
}

std::uint64_t Window::newest_id() const {
  const Entries& set = pending_.empty() ? entries_ : pending_;
  return set.empty() ? 0 : set.rbegin()->first;
}

// Without thinning; of both groups that an alternating window may hold.
double Window::ids_in_window() const {
  const auto nominal = static_cast<double>(std::max<std::uint64_t>(rules_.group_size, 1));
  if (rules_.mode == WindowMode::alternating) return 2 * nominal;
  if (rules_.mode == WindowMode::last_n || entries_.size() < 2) return nominal;
  const double step = measured_step(*entries_.begin()->second);
  return step > 0 ? rules_.period_rad / step : nominal;
}

void Window::fit() {
  if (size() <= limit_) return;
  const auto surplus = [&](const Entry& entry) { return !thinning_.keeps(entry.id); };
  // What waits for a newer projection in its slot that should have come by now.
  const bool slides = rules_.mode == WindowMode::continuous && rules_.cyclic;
  const double direction = sense();
  const double limit = newest_progress(direction) - rules_.period_rad;
  const auto overdue = [&](const Entry& entry) {
    return slides && direction * entry.angle_rad <= limit;
  };
  const auto any = [](const Entry&) { return true; };
  while (size() > limit_) {
    if (put_out_oldest(surplus) || put_out_oldest(overdue)) continue;
    // A window that is full tells how many come; before that, their angles do.
    const double now = full_ ? static_cast<double>(size()) / share() : ids_in_window();
    thinning_since_ = newest_id();
    if (!thinning_.lower(static_cast<double>(limit_) / now)) put_out_oldest(any);
  }
  touch();
}

void Window::take_more() {
  if (thinning_.keeps_all() || !full_) return;
  const std::size_t groups = rules_.mode == WindowMode::alternating ? 2 : 1;
  const double used = static_cast<double>(groups * entries_.size()) / static_cast<double>(limit_);
  if (used >= kFullEnough || entries_.empty()) return;
  // A whole window under the share of now, else it has not shown what it comes to.
  if (static_cast<double>(newest_id()) < static_cast<double>(thinning_since_) + ids_in_window())
    return;
  thinning_since_ = newest_id();
  thinning_.set_share(std::min(1.0, share() / used));
}

}  // namespace slicecast::slice
