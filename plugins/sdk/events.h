// What happens to slices and scans, told apart from the newest scene and scan that a slice server
// publishes. Of changes that come faster than they can be taken only the last is seen.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "slicecast/v1/feed.pb.h"

namespace slicecast::plugin {

struct SliceEvent {
  enum class What : std::uint8_t { added, moved, removed } what = What::added;
  v1::SceneSlice slice;  // as it is now; of a removed one as it was
};

struct ScanEvent {
  // geometry: axis, tilt, field of view or the parameters of filtering (epoch) changed.
  enum class What : std::uint8_t { started, geometry, ended } what = What::started;
  v1::Scan scan;
};

// `before` may be empty. Moved: the pose revision rose, or the size changed. Those that a new
// server has under other ids are removed and added.
std::vector<SliceEvent> slice_events(const v1::Scene& before, const v1::Scene& after);

// A scan that is over when another starts ends first. A scan that had already ended when it is
// first seen both starts and ends.
std::vector<ScanEvent> scan_events(const v1::Scan& before, const v1::Scan& after);

}  // namespace slicecast::plugin
