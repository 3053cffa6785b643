#include "common/geometry/matrix.h"

#include <cmath>

namespace slicecast::geometry {

double norm(Vec3 a) {
  return std::sqrt(dot(a, a));
}

Projected project(const Matrix34& matrix, Vec3 point) {
  const auto& m = matrix.m;
  const double w = m[8] * point.x + m[9] * point.y + m[10] * point.z + m[11];
  const double u = m[0] * point.x + m[1] * point.y + m[2] * point.z + m[3];
  const double v = m[4] * point.x + m[5] * point.y + m[6] * point.z + m[7];
  return {u / w, v / w, w};
}

Matrix34 with_pixel_map(const Matrix34& matrix, double scale_u, double shift_u, double scale_v,
                        double shift_v) {
  Matrix34 mapped = matrix;
  for (std::size_t i = 0; i < 4; ++i) {
    mapped.m[i] = scale_u * matrix.m[i] + shift_u * matrix.m[8 + i];
    mapped.m[4 + i] = scale_v * matrix.m[4 + i] + shift_v * matrix.m[8 + i];
  }
  return mapped;
}

Matrix34 cropped(const Matrix34& matrix, double first_column, double first_row) {
  return with_pixel_map(matrix, 1, -first_column, 1, -first_row);
}

Matrix34 binned(const Matrix34& matrix, int factor) {
  const double scale = 1.0 / factor;
  const double shift = -(factor - 1) / (2.0 * factor);
  return with_pixel_map(matrix, scale, shift, scale, shift);
}

}  // namespace slicecast::geometry
