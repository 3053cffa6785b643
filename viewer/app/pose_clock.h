// When each pose of a slice was wanted, to tell how long ago an image's pose was, and how long it
// took from the mouse event that set a pose to the screen that shows exactly it. Times are steady
// ns. UI thread.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "viewer/model/space.h"

namespace slicecast::viewer {

class PoseClock {
 public:
  // A mouse or key event at `event_ns` made this pose the wanted one.
  void wanted(const std::string& slice, const Pose& pose, std::int64_t event_ns);
  // Since when another pose is wanted instead of this one; 0 ns if it still is; nullopt: unknown.
  std::optional<std::int64_t> outdated_for(const std::string& slice, const Pose& pose,
                                           std::int64_t now_ns) const;
  // An image of this pose has come to the screen at `swap_ns`. The latency counts once per pose.
  void shown(const std::string& slice, const Pose& pose, std::int64_t swap_ns);
  void forget(const std::string& slice) { poses_.erase(slice); }

  const std::deque<double>& latencies_ms() const { return latencies_ms_; }  // newest 4096
  std::uint64_t wanted_count() const { return wanted_count_; }
  std::uint64_t shown_count() const { return shown_count_; }
  void clear_latencies();

 private:
  struct Entry {
    Pose pose;
    std::int64_t event_ns = 0;
    bool seen = false;
  };
  std::map<std::string, std::deque<Entry>> poses_;  // oldest first, at most 64
  std::deque<double> latencies_ms_;
  std::uint64_t wanted_count_ = 0, shown_count_ = 0;
};

}  // namespace slicecast::viewer
