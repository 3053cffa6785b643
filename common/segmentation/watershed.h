// Watershed from markers: seeds grow over a relief, lowest pixel first, until they meet.
#pragma once

#include "common/base/error.h"
#include "common/segmentation/field.h"
#include "common/segmentation/markers.h"

namespace slicecast::segmentation {

// Flooding (F. Meyer (1994)): of all pixels that touch a label, the one of lowest relief goes
// first, of equals the one that was reached first; it hands its label to its four neighbours. No
// line is left between labels. What no seed reaches keeps 0. Seeds where no pixel takes part are
// ignored.
Result<void> flood(const Field& relief, const Markers& markers, const Labels& labels,
                   Workspace& workspace);

// Flooding of the gradient of a field.
struct Watershed {
  double sigma = 1;  // of the smoothing before the Sobel gradient: 0 to 32 pixels
  MarkerRule markers = {};
  Result<void> validate() const;
  // Seeds by the marker rule from the grey values: two classes, 2 is the bright one.
  Result<void> segment(const Field& field, const Labels& labels, Workspace& workspace) const;
};

}  // namespace slicecast::segmentation
