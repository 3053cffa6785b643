// The figures of the accuracy suite, by their definitions.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "common/geometry/plane.h"
#include "common/geometry/scan_geometry.h"
#include "common/phantom/phantom.h"

namespace slicecast::acceptance {

// RMSE of `image` over the RMS of `reference`.
double relative_rmse(std::span<const float> image, std::span<const float> reference);
double relative_rmse(std::span<const float> image, std::span<const double> reference);

// Largest |mean error| of any body, eroded by `erosion` mm, over its attenuation. Bodies with fewer
// than 20 points on the grid do not count; `bodies` is how many did.
struct Bias {
  double largest = 0;
  double largest_mean_absolute = 0;  // mean |error| instead of |mean error|
  int bodies = 0;
};
Bias body_bias(const phantom::Phantom& phantom, const geometry::PointGrid& grid,
               std::span<const float> image, double erosion_mm);

// Mean absolute error, and peak signal-to-noise ratio against the peak of the truth.
struct Quality {
  double error = 0, psnr_db = 0;
};
Quality quality(std::span<const float> image, std::span<const float> truth);

// Mean over the points of the first plane whose distance from the axis lies in [inner, outer).
double ring_mean(std::span<const float> image, const geometry::PointGrid& grid, double inner_mm,
                 double outer_mm);

}  // namespace slicecast::acceptance
