// Morphological evolution of a contour (P. Marquez-Neila, L. Baumela, L. Alvarez (2014), A
// morphological approach to curvature-based evolution of curves and surfaces): label 2 is inside,
// label 1 outside. The level set is 0 beyond the field and where no pixel takes part; those count
// in no mean.
#pragma once

#include <cstdint>

#include "common/base/error.h"
#include "common/segmentation/field.h"
#include "common/segmentation/level_set.h"

namespace slicecast::segmentation {

enum class StartingContour : std::uint8_t {
  checkerboard,  // squares of five pixels; the one in the corner is outside
  disk,          // about pixel (rows/2, columns/2), radius 3/8 of the shorter edge
};

// Active contours without edges (ACWE, section 6): the contour moves to where each side is closer
// to its own mean.
struct ChanVese {
  int iterations = 35;                           // 0 to 10000
  int smoothing = 1;                             // steps of curvature flow per iteration, 0 to 10
  double inside_weight = 1, outside_weight = 1;  // lambda 1 and 2, 0 to 100
  StartingContour start = StartingContour::checkerboard;
  Curvature first_smoothing = Curvature::dilate_first;  // they alternate from step to step
  Result<void> validate() const;
  Result<void> segment(const Field& field, const Labels& labels, Workspace& workspace) const;
};

// Geodesic active contours (GAC, section 5): the contour moves into the valleys of the edge map
// g = 1 / sqrt(1 + alpha |gradient of the Gaussian-smoothed field|), and where g is above a
// percentile of itself over |balloon| it also grows (balloon > 0) or shrinks (< 0).
struct GeodesicContour {
  int iterations = 35;
  int smoothing = 1;
  double sigma = 5;               // pixels, 0.1 to 32
  double alpha = 100;             // 0 to 1e6
  double balloon = -1;            // -10 to 10
  double border_percentile = 40;  // of g: 0 to 100
  StartingContour start = StartingContour::disk;
  Curvature first_smoothing = Curvature::dilate_first;
  Result<void> validate() const;
  Result<void> segment(const Field& field, const Labels& labels, Workspace& workspace) const;
};

}  // namespace slicecast::segmentation
