// What a cursor ray meets: slices and the bounding box. Lengths in mm. Pure functions, any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "viewer/model/slice_pixels.h"

namespace slicecast::viewer {

struct PlaneHit {
  double distance_mm = 0;  // from the ray's origin, >= 0
  Vec3 point;
  double along1 = 0, along2 = 0;  // share of axis1 and axis2, 0 to 1 within the slice
  PixelPoint pixel;
};

// Where the ray meets the rectangle (parallelogram) of a slice; both sides count. nullopt beside
// it, behind the origin, for a slice seen edge-on, and for axes that do not span a plane.
std::optional<PlaneHit> hit_slice(const Ray& ray, const Pose& pose, int rows, int columns);
// The same for the unbounded plane.
std::optional<PlaneHit> hit_plane(const Ray& ray, const Pose& pose, int rows, int columns);

struct PickTarget {
  Pose pose;  // where it is drawn
  int rows = 0, columns = 0;
};
struct SlicePick {
  std::size_t index = 0;  // into the targets
  PlaneHit hit;
};
// The nearest slice under the ray; of equally near ones the first.
std::optional<SlicePick> pick_slice(const Ray& ray, std::span<const PickTarget> targets);

// Part of the ray inside of the box; entry is 0 when it starts inside. nullopt: missed.
struct BoxHit {
  double entry_mm = 0, exit_mm = 0;
};
std::optional<BoxHit> hit_box(const Ray& ray, const Box& box);

}  // namespace slicecast::viewer
