#include "common/recon/cpu/backproject.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "common/recon/cpu/backproject_column.h"
#include "common/recon/cpu/backproject_flat.h"
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

// Beyond this single precision would overflow, and no detector is that far away.
bool usable(const geometry::Matrix34& matrix) {
  return std::ranges::all_of(matrix.m, [](double entry) { return std::abs(entry) < 1e15; });
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
    std::vector<KernelTerm> across_terms, down_terms, flat_terms, strip_terms, block_terms;
    const auto padded = [&](int points) { return (points + lanes - 1) / lanes * lanes; };
    const Vec3 corner = grid.origin + plane * grid.step_plane;
    for (const Term& term : terms) {
      if (!term.image || term.weight == 0 || !usable(term.matrix)) continue;
      const Steps steps{of_point(term.matrix, corner), of_step(term.matrix, grid.step_column),
                        of_step(term.matrix, grid.step_row)};
      KernelTerm kernel = described(static_cast<const CpuImage&>(*term.image), term.weight);
      kernel.first = steps.origin;
      const bool flat = is_flat(steps.origin, steps.column, steps.row, grid.rows, grid.columns);
      const bool rows_up = !flat && runs_along_axis(steps.origin, steps.column, steps.row,
                                                    padded(grid.columns), padded(grid.rows));
      const bool columns_up = !flat && !rows_up &&
                              runs_along_axis(steps.origin, steps.row, steps.column,
                                              padded(grid.rows), padded(grid.columns));
      const bool across = flat || rows_up ||
                          (!columns_up && rows_crossed(steps, steps.column, grid, lanes) <=
                                              rows_crossed(steps, steps.row, grid, lanes));
      kernel.lane = across ? steps.column : steps.row;
      kernel.block = across ? static_cast<double>(lanes) * steps.column : steps.column;
      kernel.strip = across ? steps.row : static_cast<double>(lanes) * steps.row;
      (flat         ? flat_terms
       : rows_up    ? strip_terms
       : columns_up ? block_terms
       : across     ? across_terms
                    : down_terms)
          .push_back(kernel);
    }
    // Blocks along a row: [row][block][lane].
    const int across_blocks = (grid.columns + lanes - 1) / lanes;
    const Sums across({across_terms, flat_terms, strip_terms, {}}, row_begin, row_end - row_begin,
                      across_blocks, lanes);
    // Blocks along a column: [band of rows][column][lane], bands counted from row 0.
    const int first_band = row_begin / lanes, bands = (row_end - 1) / lanes + 1 - first_band;
    const Sums down({down_terms, {}, {}, block_terms}, first_band, bands, grid.columns, lanes);
    if (across.empty() && down.empty()) return;
    for (int r = row_begin; r < row_end; ++r) {
      float* to = out.row(r).data();
      const float* from_across = across.block(r - row_begin, 0);
      const float* from_down = down.block(r / lanes - first_band, r % lanes);
      if (down.empty()) {
        for (int c = 0; c < grid.columns; ++c) to[c] += from_across[c];
      } else if (across.empty()) {
        for (int c = 0; c < grid.columns; ++c) to[c] += from_down[c * lanes];
      } else {
        for (int c = 0; c < grid.columns; ++c) to[c] += from_across[c] + from_down[c * lanes];
      }
    }
  }

  int tile_rows(const PointGrid& grid, std::size_t terms) const override {
    // One update per nanosecond, whole bands of the widest block where the plane has them.
    constexpr int kBand = 16;
    const double row_updates =
        std::max(1.0, static_cast<double>(grid.columns) * static_cast<double>(terms));
    const int rows = static_cast<int>(std::min(1e6 / row_updates, 1e6));
    return std::clamp(std::max(kBand, rows / kBand * kBand), 1, std::max(1, grid.rows));
  }

 private:
  // Terms by the kernel that they suit.
  struct Kinds {
    std::span<const KernelTerm> any, flat, strips_up, blocks_up;
  };
  // What some terms sum up to on one tile, aligned for whole vectors. Nothing without terms.
  class Sums {
   public:
    Sums(const Kinds& of, int first_strip, int strips, int blocks, int lanes)
        : blocks_(blocks), lanes_(lanes) {
      if (of.any.empty() && of.flat.empty() && of.strips_up.empty() && of.blocks_up.empty()) return;
      constexpr std::size_t kAlignment = 64;
      const std::size_t bytes = static_cast<std::size_t>(strips) *
                                static_cast<std::size_t>(blocks) * static_cast<std::size_t>(lanes) *
                                sizeof(float);
      storage_.assign((bytes + kAlignment) / sizeof(float), 0.0f);
      void* first = storage_.data();
      std::size_t space = bytes + kAlignment;
      sums_ = static_cast<float*>(std::align(kAlignment, bytes, first, space));
      const BlockSums onto{sums_, first_strip, strips, blocks};
      add_terms(of.any, onto);
      add_flat_terms(of.flat, onto);
      add_column_terms(of.strips_up, onto, AlongAxis::strip);
      add_column_terms(of.blocks_up, onto, AlongAxis::block);
    }
    bool empty() const { return sums_ == nullptr; }
    // Lane `lane` of block 0 of a strip, counted from the first here; null without terms.
    const float* block(int strip, int lane) const {
      if (sums_ == nullptr) return nullptr;
      return sums_ + static_cast<std::ptrdiff_t>(strip) * blocks_ * lanes_ + lane;
    }

   private:
    std::vector<float> storage_;
    float* sums_ = nullptr;
    int blocks_, lanes_;
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
