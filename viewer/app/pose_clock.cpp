#include "viewer/app/pose_clock.h"

#include <algorithm>

namespace slicecast::viewer {
namespace {

constexpr std::size_t kPoses = 64, kLatencies = 4096;

}  // namespace

void PoseClock::wanted(const std::string& slice, const Pose& pose, std::int64_t event_ns) {
  auto& poses = poses_[slice];
  if (!poses.empty() && same_pose(poses.back().pose, pose)) return;
  poses.push_back({pose, event_ns, false});
  if (poses.size() > kPoses) poses.pop_front();
  ++wanted_count_;
}

std::optional<std::int64_t> PoseClock::outdated_for(const std::string& slice, const Pose& pose,
                                                    std::int64_t now_ns) const {
  const auto found = poses_.find(slice);
  if (found == poses_.end()) return std::nullopt;
  const auto& poses = found->second;
  for (auto it = poses.rbegin(); it != poses.rend(); ++it) {
    if (!same_pose(it->pose, pose)) continue;
    return it == poses.rbegin() ? 0 : now_ns - std::prev(it)->event_ns;
  }
  return std::nullopt;
}

void PoseClock::shown(const std::string& slice, const Pose& pose, std::int64_t swap_ns) {
  const auto found = poses_.find(slice);
  if (found == poses_.end()) return;
  for (auto& entry : found->second) {
    if (entry.seen || !same_pose(entry.pose, pose)) continue;
    entry.seen = true;
    ++shown_count_;
    latencies_ms_.push_back(1e-6 * static_cast<double>(swap_ns - entry.event_ns));
    if (latencies_ms_.size() > kLatencies) latencies_ms_.pop_front();
  }
}

void PoseClock::clear_latencies() {
  latencies_ms_.clear();
  wanted_count_ = shown_count_ = 0;
}

}  // namespace slicecast::viewer
