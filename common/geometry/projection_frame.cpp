#include "common/geometry/projection_frame.h"

#include <algorithm>
#include <cmath>

namespace slicecast::geometry {
namespace {

void set_row(Matrix34& matrix, std::size_t row, Vec3 direction, double constant) {
  matrix.m[4 * row] = direction.x;
  matrix.m[4 * row + 1] = direction.y;
  matrix.m[4 * row + 2] = direction.z;
  matrix.m[4 * row + 3] = constant;
}

Matrix34 parallel_matrix(Vec3 ray, Vec3 corner, Vec3 u, Vec3 v) {
  const Vec3 across_u = cross(v, ray);
  const Vec3 across_v = cross(ray, u);
  const Vec3 row_u = across_u * (1 / dot(across_u, u));
  const Vec3 row_v = across_v * (1 / dot(across_v, v));
  Matrix34 matrix;
  set_row(matrix, 0, row_u, -dot(row_u, corner));
  set_row(matrix, 1, row_v, -dot(row_v, corner));
  set_row(matrix, 2, {}, 1);
  return matrix;
}

Matrix34 cone_matrix(Vec3 source, Vec3 corner, Vec3 u, Vec3 v) {
  const Vec3 to_corner = corner - source;
  const Vec3 normal = cross(u, v);
  // Rows of the inverse by cofactors; its determinant cancels against the scale w(origin) = 1.
  const double scale = -1 / dot(normal, source);
  const Vec3 row_u = cross(v, to_corner) * scale;
  const Vec3 row_v = cross(to_corner, u) * scale;
  const Vec3 row_w = normal * scale;
  Matrix34 matrix;
  set_row(matrix, 0, row_u, -dot(row_u, source));
  set_row(matrix, 1, row_v, -dot(row_v, source));
  set_row(matrix, 2, row_w, 1);
  return matrix;
}

}  // namespace

Matrix34 matrix_of(Beam beam, Vec3 source, Vec3 corner, Vec3 detector_u, Vec3 detector_v) {
  return beam == Beam::cone ? cone_matrix(source, corner, detector_u, detector_v)
                            : parallel_matrix(source, corner, detector_u, detector_v);
}

double conditioning(Beam beam, Vec3 source, Vec3 corner, Vec3 detector_u, Vec3 detector_v) {
  const Vec3 ray = beam == Beam::cone ? corner - source : source;
  const Vec3 normal = cross(detector_u, detector_v);
  const double lengths = norm(detector_u) * norm(detector_v);
  if (!(lengths > 0) || !(norm(ray) > 0)) return 0;
  const double detector = std::abs(dot(normal, ray)) / (lengths * norm(ray));
  if (beam == Beam::parallel) return detector;
  if (!(norm(source) > 0)) return 0;
  const double origin = std::abs(dot(normal, source)) / (lengths * norm(source));
  // The origin must lie on the detector's side of the source.
  if (dot(normal, source) * dot(normal, ray) >= 0) return 0;
  return std::min(detector, origin);
}

}  // namespace slicecast::geometry
