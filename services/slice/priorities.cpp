#include "services/slice/priorities.h"

#include <cmath>
#include <numeric>

namespace slicecast::slice {

double Priorities::share(Priority priority) const {
  const double total = std::accumulate(busy_.begin(), busy_.end(), 0.0);
  return total > 0 ? busy_[static_cast<std::size_t>(priority)] / total : 1.0;
}

std::optional<Priority> Priorities::choose(const Waiting& waiting) const {
  if (waiting.demand && share(Priority::demand) < kDemandShare) return Priority::demand;
  const double volume_share = waiting.demand ? kBackgroundShare : kVolumeShare;
  if (waiting.volume && share(Priority::volume) < volume_share) return Priority::volume;
  if (waiting.background && share(Priority::background) < kBackgroundShare)
    return Priority::background;
  if (waiting.refresh_overdue) return Priority::refresh;
  if (waiting.refresh && share(Priority::refresh) < kRefreshShare) return Priority::refresh;
  if (waiting.demand) return Priority::demand;
  if (waiting.refresh) return Priority::refresh;
  if (waiting.volume) return Priority::volume;
  if (waiting.background) return Priority::background;
  return std::nullopt;
}

void Priorities::account(Priority priority, std::int64_t busy_ns, std::int64_t now_ns) {
  if (last_ns_ != 0) {
    const double kept = std::exp(-static_cast<double>(now_ns - last_ns_) / 5e8);
    for (double& busy : busy_) busy *= kept;
  }
  last_ns_ = now_ns;
  busy_[static_cast<std::size_t>(priority)] += static_cast<double>(busy_ns);
}

}  // namespace slicecast::slice
