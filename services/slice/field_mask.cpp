#include "services/slice/field_mask.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace slicecast::slice {
namespace {

// Narrows [low, high] to where low_limit <= start + t step <= high_limit.
void narrow(double start, double step, double low_limit, double high_limit, double& low,
            double& high) {
  if (std::abs(step) < 1e-300) {
    if (start < low_limit || start > high_limit) high = low - 1;
    return;
  }
  double a = (low_limit - start) / step;
  double b = (high_limit - start) / step;
  if (a > b) std::swap(a, b);
  low = std::max(low, a);
  high = std::min(high, b);
}

}  // namespace

std::pair<int, int> columns_in_field(const geometry::PointGrid& grid, int plane, int row,
                                     const geometry::FieldOfView& field) {
  if (!(field.radius_mm > 0)) return {0, grid.columns};
  const geometry::Vec3 p = geometry::point_at(grid, plane, row, 0);
  const geometry::Vec3 d = grid.step_column;
  double low = 0;
  double high = grid.columns - 1;
  // Tolerance of a millionth of the radius: pixels on the rim are in.
  const double slack = 1e-6 * field.radius_mm;
  narrow(p.z, d.z, field.z_min_mm - slack, field.z_max_mm + slack, low, high);
  const double a = d.x * d.x + d.y * d.y;
  const double b = p.x * d.x + p.y * d.y;
  const double radius = field.radius_mm + slack;
  const double c = p.x * p.x + p.y * p.y - radius * radius;
  if (a < 1e-300) {
    if (c > 0) return {0, 0};
  } else {
    const double discriminant = b * b - a * c;
    if (discriminant < 0) return {0, 0};
    const double root = std::sqrt(discriminant);
    low = std::max(low, (-b - root) / a);
    high = std::min(high, (-b + root) / a);
  }
  const int first = static_cast<int>(std::ceil(std::clamp(low, 0.0, 1.0 * grid.columns)));
  const int last = static_cast<int>(std::floor(std::clamp(high, -1.0, 1.0 * grid.columns))) + 1;
  return {first, std::max(first, std::min(last, grid.columns))};
}

void copy_in_field(const geometry::PointGrid& grid, int plane, int row_begin, int row_end,
                   const geometry::FieldOfView& field, const float* sum, float* image) {
  for (int row = row_begin; row < row_end; ++row) {
    const auto [first, last] = columns_in_field(grid, plane, row, field);
    const std::size_t offset = static_cast<std::size_t>(row) * grid.columns;
    const auto width = static_cast<std::size_t>(grid.columns);
    std::fill_n(image + offset, first, 0.0f);
    std::memcpy(image + offset + first, sum + offset + first,
                static_cast<std::size_t>(last - first) * sizeof(float));
    std::fill(image + offset + last, image + offset + width, 0.0f);
  }
}

}  // namespace slicecast::slice
