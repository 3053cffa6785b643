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

// Detector rows crossed by `points` points along `lane`, summed over the corners and the middle of
// the plane. Depends on the whole plane, never on the tile: tiles must add up to the plane bit for
// bit.
double rows_crossed(const Steps& steps, Homogeneous lane, const PointGrid& grid, int points) {
  double sum = 0;
  for (const auto& [c, r] : {std::pair{0.0, 0.0}, {1.0, 0.0}, {0.0, 1.0}, {1.0, 1.0}, {0.5, 0.5}}) {
    const Homogeneous at =
        steps.origin + c * (grid.columns - 1) * steps.column + r * (grid.rows - 1) * steps.row;
    const Homogeneous end = at + static_cast<double>(points - 1) * lane;
    if (at.w > 0 && end.w > 0) sum += std::abs(end.v / end.w - at.v / at.w);
  }
  return sum;
}

// Blocks of four points in a row, as high as the vector allows: where neither rows nor columns of
// points stay on few detector rows.
constexpr int kPatchWidth = 4;
// What placing four corners of a block costs in detector rows, at five places of the plane.
constexpr double kRowsWorthAPatch = 5;

// A strip of a plane that climbs along rows and along columns of points crosses the detector
// slantwise and shares each cache line with the strips beside it: taller tiles read less memory.
constexpr double kSlantedTile = 4;
bool slanted(const PointGrid& grid) {
  const auto climb = [](Vec3 step) { return std::abs(step.z) / std::max(norm(step), 1e-30); };
  return std::min(climb(grid.step_column), climb(grid.step_row)) > 0.25;
}

class CpuBackproject final : public Backproject {
 public:
  explicit CpuBackproject(const CpuKernels& kernels)
      : tile_updates_(static_cast<double>(kernels.tile_updates)),
        section_(static_cast<int>(kernels.prefetch_distance)) {}

  void accumulate(const PointGrid& grid, int plane, int row_begin, int row_end,
                  std::span<const Term> terms, ImageView<float> out) const override {
    if (row_begin >= row_end || grid.columns <= 0) return;
    const int lanes = kernel_lanes();
    const int width = std::min(kPatchWidth, lanes), height = lanes / width;
    std::vector<KernelTerm> across_terms, down_terms, patch_terms, flat_terms, strip_terms,
        block_terms;
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
      const double rows_across = rows_crossed(steps, steps.column, grid, lanes);
      const double rows_down = rows_crossed(steps, steps.row, grid, lanes);
      const double rows_patch = rows_crossed(steps, steps.column, grid, width) +
                                rows_crossed(steps, steps.row, grid, height);
      const bool patch = !flat && !rows_up && !columns_up && height > 1 &&
                         rows_patch + kRowsWorthAPatch < std::min(rows_across, rows_down);
      const bool across = flat || rows_up || (!columns_up && rows_across <= rows_down);
      if (patch) {
        kernel.lane = steps.column;
        kernel.cross = steps.row;
        kernel.width = width;
        kernel.block = static_cast<double>(width) * steps.column;
        kernel.strip = static_cast<double>(height) * steps.row;
        patch_terms.push_back(kernel);
        continue;
      }
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
    const Sums across({across_terms, flat_terms, strip_terms, {}}, {lanes, 1}, row_begin, row_end,
                      grid.columns, section_);
    const Sums down({down_terms, {}, {}, block_terms}, {1, lanes}, row_begin, row_end, grid.columns,
                    section_);
    const Sums patches({patch_terms, {}, {}, {}}, {width, height}, row_begin, row_end, grid.columns,
                       section_);
    std::vector<float> line(static_cast<std::size_t>(grid.columns));
    for (int r = row_begin; r < row_end; ++r) {
      std::ranges::fill(line, 0.0f);
      for (const Sums* sums : {&across, &down, &patches}) sums->add_row(r, line);
      float* to = out.row(r).data();
      for (std::size_t c = 0; c < line.size(); ++c) to[c] += line[c];
    }
  }

  int tile_rows(const PointGrid& grid, std::size_t terms) const override {
    // About one update per nanosecond, whole bands of the widest block where the plane has them.
    constexpr int kBand = 16;
    const double updates = slanted(grid) ? kSlantedTile * tile_updates_ : tile_updates_;
    const double row_updates =
        std::max(1.0, static_cast<double>(grid.columns) * static_cast<double>(terms));
    const int rows = static_cast<int>(std::min(updates / row_updates, 1e6));
    return std::clamp(std::max(kBand, rows / kBand * kBand), 1, std::max(1, grid.rows));
  }

 private:
  // Terms by the kernel that they suit.
  struct Kinds {
    std::span<const KernelTerm> any, flat, strips_up, blocks_up;
  };
  // Points of a block; blocks are counted from the plane's first point, bands of them are strips.
  struct Shape {
    int width, height;
  };
  // What some terms sum up to on one tile, [band][block][row of block][column of block], aligned
  // for whole vectors. Nothing without terms.
  class Sums {
   public:
    Sums(const Kinds& of, Shape shape, int row_begin, int row_end, int columns, int section)
        : shape_(shape),
          first_band_(row_begin / shape.height),
          blocks_((columns + shape.width - 1) / shape.width) {
      if (of.any.empty() && of.flat.empty() && of.strips_up.empty() && of.blocks_up.empty()) return;
      constexpr std::size_t kAlignment = 64;
      const int bands = (row_end - 1) / shape.height + 1 - first_band_;
      const std::size_t bytes =
          static_cast<std::size_t>(bands) * static_cast<std::size_t>(blocks_) *
          static_cast<std::size_t>(shape.width * shape.height) * sizeof(float);
      storage_.assign((bytes + kAlignment) / sizeof(float), 0.0f);
      void* first = storage_.data();
      std::size_t space = bytes + kAlignment;
      sums_ = static_cast<float*>(std::align(kAlignment, bytes, first, space));
      const BlockSums onto{sums_, first_band_, bands, blocks_, section};
      add_terms(of.any, onto);
      add_flat_terms(of.flat, onto);
      add_column_terms(of.strips_up, onto, AlongAxis::strip);
      add_column_terms(of.blocks_up, onto, AlongAxis::block);
    }

    // Onto one row of the plane.
    void add_row(int row, std::span<float> to) const {
      if (sums_ == nullptr) return;
      const int columns = static_cast<int>(to.size());
      const std::ptrdiff_t lanes = static_cast<std::ptrdiff_t>(shape_.width) * shape_.height;
      const float* from = sums_ + (row / shape_.height - first_band_) * (blocks_ * lanes) +
                          (row % shape_.height) * shape_.width;
      if (shape_.height == 1) {
        for (int c = 0; c < columns; ++c) to[c] += from[c];
      } else {
        for (int c = 0; c < columns; c += shape_.width, from += lanes)
          for (int k = 0; k < std::min(shape_.width, columns - c); ++k) to[c + k] += from[k];
      }
    }

   private:
    const Shape shape_;
    const int first_band_, blocks_;
    std::vector<float> storage_;
    float* sums_ = nullptr;
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

  const double tile_updates_;
  const int section_;
};

}  // namespace

std::unique_ptr<Backproject> make_cpu_backproject(const CpuKernels& kernels) {
  return std::make_unique<CpuBackproject>(kernels);
}

}  // namespace slicecast::recon
