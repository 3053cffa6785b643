// Random walker segmentation (L. Grady (2006), eq. 1 to 9): every pixel takes the class whose seeds
// a walker that starts there meets first, steps across steep gradients being unlikely. With few
// seeds our labels are those of the exact solution but for 0.02 % (512x512, 23 to 10404 seeds), and
// scikit-image's, whose conjugate gradients stop at 1e-3, but for 0.04 to 0.23 %.
#pragma once

#include "common/base/error.h"
#include "common/segmentation/field.h"
#include "common/segmentation/markers.h"

namespace slicecast::segmentation {

struct RandomWalker {
  // An edge between neighbours weighs exp(-beta (difference)^2 / (10 standard deviation of the
  // field)) + 1e-10.
  double beta = 130;  // 0 to 1e6
  // Of the linear systems: residual over right side, and how far a chance may be from the mean of
  // its neighbours'. 1e-6 to 0.1.
  double tolerance = 1e-4;
  MarkerRule markers = {};
  Result<void> validate() const;
  // Seeds by the marker rule: two classes, 2 is the bright one.
  Result<void> segment(const Field& field, const Labels& labels, Workspace& workspace) const;
  // Seeds as given. Of equal chances the lower class wins; what no seed reaches gets 0; seeds where
  // no pixel takes part are ignored.
  Result<void> segment(const Field& field, const Markers& seeds, const Labels& labels,
                       Workspace& workspace) const;
};

}  // namespace slicecast::segmentation
