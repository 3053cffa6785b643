// Small fixed-size linear algebra in double precision. Lengths are mm.
#pragma once

#include <array>

namespace slicecast::geometry {

struct Vec3 {
  double x = 0, y = 0, z = 0;
};
inline Vec3 operator+(Vec3 a, Vec3 b) {
  return {a.x + b.x, a.y + b.y, a.z + b.z};
}
inline Vec3 operator-(Vec3 a, Vec3 b) {
  return {a.x - b.x, a.y - b.y, a.z - b.z};
}
inline Vec3 operator*(Vec3 a, double s) {
  return {a.x * s, a.y * s, a.z * s};
}
inline Vec3 operator*(double s, Vec3 a) {
  return a * s;
}
inline double dot(Vec3 a, Vec3 b) {
  return a.x * b.x + a.y * b.y + a.z * b.z;
}
inline Vec3 cross(Vec3 a, Vec3 b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
double norm(Vec3 a);

// Row-major 3x4 matrix that maps a homogeneous world point (x, y, z, 1) in mm to
// (u w, v w, w): u = detector column, v = detector row, in pixels, pixel centres at integers;
// w = depth along the detector normal / source-axis distance (1 at the origin; parallel: row 3 is
// 0 0 0 1). FDK weight: 1/w^2.
struct Matrix34 {
  std::array<double, 12> m{};
  friend bool operator==(const Matrix34&, const Matrix34&) = default;
};

struct Projected {
  double u, v, w;
};
Projected project(const Matrix34& matrix, Vec3 point);

// u' = scale_u u + shift_u, v' = scale_v v + shift_v: how cropping, binning, widening and mip
// levels rewrite a matrix.
Matrix34 with_pixel_map(const Matrix34& matrix, double scale_u, double shift_u, double scale_v,
                        double shift_v);

// Region of interest starting at (first_row, first_column): u' = u - first_column, the same for v.
Matrix34 cropped(const Matrix34& matrix, double first_column, double first_row);

// factor x factor pixels averaged into one: u' = (u - (b-1)/2)/b, the same for v.
Matrix34 binned(const Matrix34& matrix, int factor);

}  // namespace slicecast::geometry
