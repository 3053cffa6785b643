// Which pixels of a slice lie inside the field-of-view cylinder; outside is 0 (design section 4).
#pragma once

#include <span>
#include <utility>

#include "common/geometry/plane.h"
#include "common/geometry/scan_geometry.h"

namespace slicecast::slice {

// Columns [first, last) of one row of points that lie in the cylinder and its z-range; a row
// crosses a convex body at most once. A radius of 0 or less means that nothing is masked.
std::pair<int, int> columns_in_field(const geometry::PointGrid& grid, int plane, int row,
                                     const geometry::FieldOfView& field);

// Copies `sum` to `image`, zero outside the field of view. Rows [row_begin, row_end) of one plane.
void copy_in_field(const geometry::PointGrid& grid, int plane, int row_begin, int row_end,
                   const geometry::FieldOfView& field, const float* sum, float* image);

}  // namespace slicecast::slice
