// Histogram of a prepared field: equal bins from its smallest to its largest value.
#pragma once

#include <cstdint>
#include <span>

#include "common/segmentation/field.h"

namespace slicecast::segmentation {

struct Histogram {
  std::span<const std::uint64_t> counts;  // in the workspace
  double first_centre = 0, bin_width = 0;
  double centre(int bin) const { return first_centre + bin * bin_width; }
};

// The range must not be constant.
Histogram histogram(const Prepared& prepared, int bins, Workspace& workspace);

// The last bins of all classes but the highest that make the variance between classes greatest;
// of equals the lowest.
std::span<const int> best_cuts(const Histogram& histogram, int classes, Workspace& workspace);

}  // namespace slicecast::segmentation
