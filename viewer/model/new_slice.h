// Where a new slice goes: through the centre of the scan, as large as it. Any thread.
#pragma once

#include "viewer/model/space.h"

namespace slicecast::viewer {

enum class SlicePlane : std::uint8_t { xy, xz, yz, oblique };
inline constexpr SlicePlane kSlicePlanes[] = {SlicePlane::xy, SlicePlane::xz, SlicePlane::yz,
                                              SlicePlane::oblique};
const char* to_string(SlicePlane plane);

// Square, with the sides of the larger horizontal extent; oblique: the xy plane tipped by 45
// degrees about x.
Pose new_slice_pose(const Box& bounds, SlicePlane plane);

}  // namespace slicecast::viewer
