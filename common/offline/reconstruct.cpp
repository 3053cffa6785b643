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
  const auto backproject = scan.backend->make_backproject();
  const int tile_rows = std::max(1, backproject->tile_rows(grid, scan.terms.size()));
  const int tiles = (grid.rows + tile_rows - 1) / tile_rows;
  const int tile_planes =
      tiles == 1 ? std::max(1, backproject->tile_planes(grid, scan.terms.size())) : 1;
  const int layers = (grid.planes + tile_planes - 1) / tile_planes;
  tbb::parallel_for(0, tiles * layers, [&](int index) {
    recon::Piece piece;
    piece.grid = grid;
    piece.plane_begin = index / tiles * tile_planes;
    piece.plane_end = std::min(grid.planes, piece.plane_begin + tile_planes);
    piece.row_begin = index % tiles * tile_rows;
    piece.row_end = std::min(grid.rows, piece.row_begin + tile_rows);
    piece.terms = scan.terms;
    piece.out = out;
    piece.fresh = true;
    backproject->accumulate_batch({&piece, 1}, recon::Urgency::background);
    for (int plane = piece.plane_begin; plane < piece.plane_end; ++plane)
      for (int row = piece.row_begin; row < piece.row_end; ++row)
        mask_row(grid, plane, row, scan.field,
                 out + plane_size * static_cast<std::size_t>(plane) +
                     static_cast<std::size_t>(row) * static_cast<std::size_t>(grid.columns));
  });
}

Result<void> reconstruct(const ScanFrames& frames, const Options& options, FilteredScan& scan,
                         const geometry::PointGrid& grid, float* out) {
  for (;;) {
    reconstruct(scan, grid, out);
    if (scan.intact()) return {};
    if (auto again = filter_again(frames, options, scan); !again) return again;
  }
}

}  // namespace slicecast::offline
