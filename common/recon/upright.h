// How a raw frame maps to the upright detector: transpose, then flip_u, then flip_v.
#pragma once

#include <cstddef>

#include "common/base/pixel_type.h"
#include "common/geometry/scan_geometry.h"

namespace slicecast::recon {

struct UprightMap {
  int rows = 0, columns = 0;  // upright
  // Element of the raw frame at upright (row, column): origin + row * row_step + column *
  // column_step.
  std::ptrdiff_t origin = 0, row_step = 0, column_step = 1;

  std::ptrdiff_t index(int row, int column) const {
    return origin + row * row_step + column * column_step;
  }
};
UprightMap upright_map(const geometry::ScanGeometry& g);

// Pixels first, first + step, ... of a raw frame as doubles.
void read_pixels(const void* raw, PixelType type, std::ptrdiff_t first, std::ptrdiff_t step,
                 int count, double* out);

}  // namespace slicecast::recon
