// Percentiles of the values of a prepared field, exactly.
#pragma once

#include <span>

#include "common/segmentation/field.h"

namespace slicecast::segmentation {

// Between neighbours in rank linearly, at rank (count - 1) percent / 100 from 0 (the common
// definition; R. J. Hyndman, Y. Fan (1996), type 7). `percents` lie within 0..100; the field has a
// pixel that takes part. `values` holds one for each percent.
void percentiles(const Prepared& prepared, std::span<const double> percents,
                 std::span<float> values, Workspace& workspace);

}  // namespace slicecast::segmentation
