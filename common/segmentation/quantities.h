// What a labelled slice holds of each class, in numbers. Objects are connected sets of pixels of
// one class (A. Rosenfeld, J. L. Pfaltz (1966), by runs of a row instead of pixels).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "common/base/error.h"
#include "common/segmentation/field.h"

namespace slicecast::segmentation {

struct ClassQuantities {
  std::uint64_t pixels = 0;
  double area_fraction = 0;  // of the labelled pixels; 0 when none is
  double area_mm2 = 0;
  std::uint64_t objects = 0;        // of at least the smallest size
  std::uint64_t object_pixels = 0;  // in these objects
  double mean_object_pixels = 0;    // 0 without objects
  double mean_object_mm2 = 0;
};

struct Quantify {
  int classes = 2;                    // 1 to 255: labels 1 to classes are counted
  bool diagonal = false;              // pixels that touch by a corner are connected: 8 neighbours
  std::uint64_t smallest_pixels = 1;  // of an object
  double pixel_area_mm2 = 1;          // over 0
  Result<void> validate() const;
  // quantities[k] is of class k + 1 and holds `classes` of them. A label above `classes` is
  // refused.
  Result<void> measure(ImageView<const std::uint8_t> labels, std::span<ClassQuantities> quantities,
                       Workspace& workspace) const;
};

}  // namespace slicecast::segmentation
