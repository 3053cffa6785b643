#include <tbb/parallel_for.h>

#include <algorithm>

#include "common/offline/filtered_scan.h"

namespace slicecast::offline {
namespace {

void mask_row(const geometry::PointGrid& grid, int plane, int row,
              const geometry::FieldOfView& field, float* out) {
  // Points on the rim are in, whatever the rounding.
  const double slack = 1e-6 * field.radius_mm;
  const double radius = field.radius_mm + slack;
  for (int c = 0; c < grid.columns; ++c) {
    const auto p = geometry::point_at(grid, plane, row, c);
    const bool inside = p.x * p.x + p.y * p.y <= radius * radius && p.z >= field.z_min_mm - slack &&
                        p.z <= field.z_max_mm + slack;
    if (!inside) out[c] = 0;
  }
}

}  // namespace

void reconstruct(const FilteredScan& scan, const geometry::PointGrid& grid, float* out) {
  const auto plane_size =
      static_cast<std::size_t>(grid.rows) * static_cast<std::size_t>(grid.columns);
  std::fill(out, out + plane_size * static_cast<std::size_t>(grid.planes), 0.0F);
  const auto backproject = scan.backend->make_backproject();
  const int tile_rows = std::max(1, backproject->tile_rows(grid, scan.terms.size()));
  const int tiles = (grid.rows + tile_rows - 1) / tile_rows;
  tbb::parallel_for(0, tiles * grid.planes, [&](int index) {
    const int plane = index / tiles;
    const int begin = index % tiles * tile_rows;
    const int end = std::min(grid.rows, begin + tile_rows);
    float* image = out + plane_size * static_cast<std::size_t>(plane);
    backproject->accumulate(grid, plane, begin, end, scan.terms, {image, grid.rows, grid.columns});
    for (int row = begin; row < end; ++row)
      mask_row(grid, plane, row, scan.field,
               image + static_cast<std::size_t>(row) * static_cast<std::size_t>(grid.columns));
  });
}

}  // namespace slicecast::offline
