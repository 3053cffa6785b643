#include "common/recon/cpu/backproject.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "common/recon/cpu/backproject_kernel.h"
#include "common/recon/cpu/stored_image.h"

namespace slicecast::recon {
namespace {

using geometry::PointGrid;
using geometry::Vec3;

Homogeneous of_point(const geometry::Matrix34& matrix, Vec3 p) {
  const auto& m = matrix.m;
  return {m[0] * p.x + m[1] * p.y + m[2] * p.z + m[3], m[4] * p.x + m[5] * p.y + m[6] * p.z + m[7],
          m[8] * p.x + m[9] * p.y + m[10] * p.z + m[11]};
}
Homogeneous of_step(const geometry::Matrix34& matrix, Vec3 p) {
  const auto& m = matrix.m;
  return {m[0] * p.x + m[1] * p.y + m[2] * p.z, m[4] * p.x + m[5] * p.y + m[6] * p.z,
          m[8] * p.x + m[9] * p.y + m[10] * p.z};
}

struct Steps {
  Homogeneous origin, column, row;
};

// Detector rows crossed by a block along `lane`, averaged over the corners and the middle of the
// plane. Depends on the whole plane, never on the tile: tiles must add up to the plane bit for bit.
double rows_crossed(const Steps& steps, Homogeneous lane, const PointGrid& grid, int lanes) {
  double sum = 0;
  for (const auto& [c, r] : {std::pair{0.0, 0.0}, {1.0, 0.0}, {0.0, 1.0}, {1.0, 1.0}, {0.5, 0.5}}) {
    const Homogeneous at =
        steps.origin + c * (grid.columns - 1) * steps.column + r * (grid.rows - 1) * steps.row;
    const Homogeneous end = at + static_cast<double>(lanes - 1) * lane;
    if (at.w > 0 && end.w > 0) sum += std::abs(end.v / end.w - at.v / at.w);
  }
  return sum;
}

class CpuBackproject final : public Backproject {
 public:
  void accumulate(const PointGrid& grid, int plane, int row_begin, int row_end,
                  std::span<const Term> terms, ImageView<float> out) const override {
    if (row_begin >= row_end || grid.columns <= 0) return;
    const int lanes = kernel_lanes();
    const int across_blocks = (grid.columns + lanes - 1) / lanes;
    const int first_band = row_begin / lanes, bands = (row_end - 1) / lanes + 1 - first_band;

    // Blocks along a row, [row][block][lane]; blocks along a column, [band of rows][column][lane].
    BlockSums across{nullptr, static_cast<std::ptrdiff_t>(across_blocks) * lanes, row_begin,
                     row_end - row_begin, across_blocks};
    BlockSums down{nullptr, static_cast<std::ptrdiff_t>(grid.columns) * lanes, first_band, bands,
                   grid.columns};
    Sums across_sums, down_sums;

    for (const Term& term : terms) {
      if (!term.image || term.weight == 0) continue;
      const auto& image = static_cast<const CpuImage&>(*term.image);
      const Vec3 corner = grid.origin + plane * grid.step_plane;
      const Steps steps{of_point(term.matrix, corner), of_step(term.matrix, grid.step_column),
                        of_step(term.matrix, grid.step_row)};
      KernelTerm kernel = described(image, term.weight);
      kernel.first = steps.origin;
      if (rows_crossed(steps, steps.column, grid, lanes) <=
          rows_crossed(steps, steps.row, grid, lanes)) {
        kernel.lane = steps.column;
        kernel.block = static_cast<double>(lanes) * steps.column;
        kernel.strip = steps.row;
        across.sums = across_sums.zeroed(across);
        add_term(kernel, across);
      } else {
        kernel.lane = steps.row;
        kernel.block = steps.column;
        kernel.strip = static_cast<double>(lanes) * steps.row;
        down.sums = down_sums.zeroed(down);
        add_term(kernel, down);
      }
    }
    for (int r = row_begin; r < row_end; ++r) {
      float* to = out.row(r).data();
      if (across.sums != nullptr) {
        const float* from = across.sums + (r - row_begin) * across.strip_step;
        for (int c = 0; c < grid.columns; ++c) to[c] += from[c];
      }
      if (down.sums != nullptr) {
        const float* from = down.sums + (r / lanes - first_band) * down.strip_step + r % lanes;
        for (int c = 0; c < grid.columns; ++c) to[c] += from[c * lanes];
      }
    }
  }

  int tile_rows(const PointGrid& grid, std::size_t terms) const override {
    // 1.5 updates per nanosecond, whole bands of the widest block where the plane has them.
    constexpr int kBand = 16;
    const double row_updates =
        std::max(1.0, static_cast<double>(grid.columns) * static_cast<double>(terms));
    const int rows = static_cast<int>(std::min(1.5e6 / row_updates, 1e6));
    return std::clamp(std::max(kBand, rows / kBand * kBand), 1, std::max(1, grid.rows));
  }

 private:
  // Sums of one tile, aligned for whole vectors; made when the first term asks for them.
  class Sums {
   public:
    float* zeroed(const BlockSums& shape) {
      if (!storage_.empty()) return aligned_;
      constexpr std::size_t kAlignment = 64;
      std::size_t space =
          static_cast<std::size_t>(shape.strip_step * shape.strips) * sizeof(float) + kAlignment;
      storage_.assign(space / sizeof(float) + 1, 0.0f);
      void* first = storage_.data();
      aligned_ = static_cast<float*>(std::align(kAlignment, space - kAlignment, first, space));
      return aligned_;
    }

   private:
    std::vector<float> storage_;
    float* aligned_ = nullptr;
  };

  static KernelTerm described(const CpuImage& image, float weight) {
    KernelTerm kernel;
    const bool half = image.type() == StoreType::half_precision;
    kernel.pixels = half ? static_cast<const void*>(image.row<std::uint16_t>(0))
                         : static_cast<const void*>(image.row<float>(0));
    kernel.rows = image.rows();
    kernel.columns = image.columns();
    kernel.stride = image.stride();
    kernel.half = half;
    kernel.factor = weight * image.scale();
    return kernel;
  }
};

}  // namespace

std::unique_ptr<Backproject> make_cpu_backproject() {
  return std::make_unique<CpuBackproject>();
}

}  // namespace slicecast::recon
