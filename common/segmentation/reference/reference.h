// The definitions, plain and in double precision, against which the fast methods are tested. They
// take what is valid and are slow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/segmentation/contour.h"
#include "common/segmentation/field.h"
#include "common/segmentation/gradient.h"
#include "common/segmentation/markers.h"
#include "common/segmentation/quantities.h"
#include "common/segmentation/random_walker.h"
#include "common/segmentation/threshold.h"

namespace slicecast::segmentation::reference {

// Values [row][column]; NaN takes no part.
struct Plane {
  int rows = 0, columns = 0;
  std::vector<double> values;
  double operator()(int r, int c) const {
    return values[static_cast<std::size_t>(r) * static_cast<std::size_t>(columns) +
                  static_cast<std::size_t>(c)];
  }
  bool has(int r, int c) const {
    return r >= 0 && c >= 0 && r < rows && c < columns && (*this)(r, c) == (*this)(r, c);
  }
};
Plane plane_of(const Field& field);
using LabelPlane = std::vector<std::uint8_t>;

// Every way to cut the histogram, tried in turn.
std::vector<double> thresholds(const Otsu& otsu, const Plane& plane);
// Empty when no pixel takes part.
std::vector<double> thresholds(const CrossEntropy& entropy, const Plane& plane);

double percentile(const Plane& plane, double percent);

Plane sobel_magnitude(const Plane& plane, double sigma);
Plane gaussian_gradient_magnitude(const Plane& plane, double sigma);

LabelPlane segment(const ChanVese& contour, const Plane& plane);
LabelPlane segment(const GeodesicContour& contour, const Plane& plane);

LabelPlane flood(const Plane& relief, const LabelPlane& markers);

// Chances [class - 1][pixel] of the classes 1 to `classes`, by elimination: for few pixels.
std::vector<std::vector<double>> chances(const RandomWalker& walker, const Plane& plane,
                                         const LabelPlane& seeds, int classes);

std::vector<ClassQuantities> measure(const Quantify& quantify, int rows, int columns,
                                     const LabelPlane& labels);

}  // namespace slicecast::segmentation::reference
