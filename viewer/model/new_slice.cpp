#include "viewer/model/new_slice.h"

#include <algorithm>
#include <numbers>

#include "viewer/model/slice_drag.h"

namespace slicecast::viewer {

const char* to_string(SlicePlane plane) {
  switch (plane) {
    case SlicePlane::xy: return "xy";
    case SlicePlane::xz: return "xz";
    case SlicePlane::yz: return "yz";
    case SlicePlane::oblique: return "oblique";
  }
  return "";
}

Pose new_slice_pose(const Box& bounds, SlicePlane plane) {
  const Vec3 extent = bounds.high - bounds.low, centre = centre_of(bounds);
  const double side = std::max(extent.x, extent.y);
  const Pose flat{centre - Vec3{side / 2, side / 2, 0}, {side, 0, 0}, {0, side, 0}};
  switch (plane) {
    case SlicePlane::xz: return snapped(flat, Axis::y);
    case SlicePlane::yz: return snapped(flat, Axis::x);
    case SlicePlane::oblique: {
      const Vec3 up = turned(flat.axis2, {1, 0, 0}, std::numbers::pi / 4);
      return {centre - flat.axis1 * 0.5 - up * 0.5, flat.axis1, up};
    }
    default: return flat;
  }
}

}  // namespace slicecast::viewer
