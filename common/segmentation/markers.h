// Seeds from the grey values, for methods that grow from seeds when none are given: a pixel of at
// most the low percentile of the field is a seed of class 1, else one of at least the high
// percentile a seed of class 2. The smallest value always is one.
#pragma once

#include "common/base/error.h"
#include "common/segmentation/field.h"

namespace slicecast::segmentation {

using Markers = ImageView<const std::uint8_t>;  // 0: no seed; else the class it is of

struct MarkerRule {
  double low_percentile = 30, high_percentile = 90;  // 0 to 100, low not above high
  Result<void> validate() const;
  // 0 where no pixel takes part.
  void mark(const Prepared& prepared, ImageView<std::uint8_t> markers, Workspace& workspace) const;
};

// Markers of the size of the field.
Result<void> validate(const Field& field, const Markers& markers);

}  // namespace slicecast::segmentation
