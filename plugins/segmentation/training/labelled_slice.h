// A reconstructed slice of a simulated scan and what each of its pixels truly is.
#pragma once

#include <cstdint>
#include <vector>

#include "common/geometry/plane.h"
#include "plugins/segmentation/training/gel_scan.h"

namespace slicecast::training {

enum class Label : std::uint8_t {
  outside = 0,  // of the container: air
  gel = 1,
  container = 2,
  bubble = 3,
  unseen = 255,  // outside the field of view; not scored
};

struct LabelledSlice {
  geometry::Pose pose;
  int rows = 0, columns = 0;
  std::vector<float> values;  // 1/mm, [row][column]; 0 where unseen
  std::vector<Label> labels;  // at the pixels' centres, at the middle of the window
};

enum class Orientation : std::uint8_t {
  random,        // any rotation alike
  axis_aligned,  // xy, xz or yz
};

// A pose of that orientation whose middle lies within 0.6 radii of the field's axis and 0.7 of its
// half height; the n-th of a seed. `pixel_mm` is the edge of its pixels.
geometry::Pose random_pose(const geometry::FieldOfView& field, Orientation orientation, int pixels,
                           double pixel_mm, std::uint64_t seed, std::uint32_t n);

LabelledSlice labelled_slice(const GelScan& scan, const geometry::Pose& pose, int rows,
                             int columns);

}  // namespace slicecast::training
