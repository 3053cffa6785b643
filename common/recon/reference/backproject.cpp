#include "common/recon/reference/backproject.h"

#include <algorithm>
#include <cmath>

namespace slicecast::recon {
namespace {

double sample(const StoredImage& image, int row, int column) {
  if (row < 0 || row >= image.rows() || column < 0 || column >= image.columns()) return 0;
  return image.value(row, column);
}

double bilinear(const StoredImage& image, double u, double v) {
  // Also false for NaN, so that the conversions to int below are defined.
  if (!(u > -1 && u < image.columns() && v > -1 && v < image.rows())) return 0;
  const double column = std::floor(u), row = std::floor(v);
  const double fu = u - column, fv = v - row;
  const int c = static_cast<int>(column), r = static_cast<int>(row);
  return (1 - fv) * ((1 - fu) * sample(image, r, c) + fu * sample(image, r, c + 1)) +
         fv * ((1 - fu) * sample(image, r + 1, c) + fu * sample(image, r + 1, c + 1));
}

class ReferenceBackproject final : public Backproject {
 public:
  void accumulate(const geometry::PointGrid& grid, int plane, int row_begin, int row_end,
                  std::span<const Term> terms, ImageView<float> out) const override {
    for (int r = row_begin; r < row_end; ++r) {
      for (int c = 0; c < grid.columns; ++c) {
        const geometry::Vec3 p =
            grid.origin + c * grid.step_column + r * grid.step_row + plane * grid.step_plane;
        double sum = 0;
        for (const Term& term : terms) {
          if (!term.image) continue;
          const auto& m = term.matrix.m;
          const double w = m[8] * p.x + m[9] * p.y + m[10] * p.z + m[11];
          if (!(w > 0)) continue;
          const double u = (m[0] * p.x + m[1] * p.y + m[2] * p.z + m[3]) / w;
          const double v = (m[4] * p.x + m[5] * p.y + m[6] * p.z + m[7]) / w;
          sum += term.weight * bilinear(*term.image, u, v) / (w * w);
        }
        out(r, c) += static_cast<float>(sum);
      }
    }
  }

  int tile_rows(const geometry::PointGrid& grid, std::size_t terms) const override {
    // About 20 ns for one point of one term.
    const double updates_per_row = static_cast<double>(grid.columns) * std::max<double>(1, terms);
    const double rows = 5e4 / std::max(1.0, updates_per_row);
    return std::clamp(static_cast<int>(rows), 1, std::max(1, grid.rows));
  }
};

}  // namespace

std::unique_ptr<Backproject> make_reference_backproject() {
  return std::make_unique<ReferenceBackproject>();
}

}  // namespace slicecast::recon
