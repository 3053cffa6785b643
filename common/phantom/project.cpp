#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>

#include "common/phantom/phantom.h"

namespace slicecast::phantom {
namespace {

using geometry::Vec3;

// f(i, j) = c + ci i + cj j + cii i^2 + cij i j + cjj j^2, i and j from the detector's centre.
struct Quadratic {
  double c = 0, ci = 0, cj = 0, cii = 0, cij = 0, cjj = 0;
};

// A vector that is affine in the pixel: constant + i along_i + j along_j.
struct Affine {
  Vec3 constant, along_i, along_j;
};

Quadratic product(const Affine& a, const Affine& b) {
  return {dot(a.constant, b.constant),
          dot(a.constant, b.along_i) + dot(a.along_i, b.constant),
          dot(a.constant, b.along_j) + dot(a.along_j, b.constant),
          dot(a.along_i, b.along_i),
          dot(a.along_i, b.along_j) + dot(a.along_j, b.along_i),
          dot(a.along_j, b.along_j)};
}

Quadratic scaled(const Quadratic& q, double s) {
  return {q.c * s, q.ci * s, q.cj * s, q.cii * s, q.cij * s, q.cjj * s};
}

Quadratic sum(const Quadratic& a, const Quadratic& b) {
  return {a.c + b.c, a.ci + b.ci, a.cj + b.cj, a.cii + b.cii, a.cij + b.cij, a.cjj + b.cjj};
}

// Square of a polynomial without quadratic terms.
Quadratic squared(const Quadratic& l) {
  return {l.c * l.c, 2 * l.c * l.ci, 2 * l.c * l.cj, l.ci * l.ci, 2 * l.ci * l.cj, l.cj * l.cj};
}

// Chord = 2 sqrt(discriminant * |d|^2) / length with all three quadratic in the pixel: a cone's
// rays share the origin (p constant, q affine), a parallel beam's the direction (p affine, q
// constant), so that p.q is affine and one of q.q and p.p - 1 constant.
struct Shadow {
  Quadratic discriminant, length;
  double doubled_attenuation = 0;
};

Shadow shadow_of(const Ellipsoid& body, const geometry::ProjectionGeometry& projection) {
  const UnitMap map(body);
  const Vec3 u = map.vector(projection.detector_u), v = map.vector(projection.detector_v);
  const bool cone = projection.beam == geometry::Beam::cone;
  Affine p, q;
  if (cone) {
    p.constant = map.point(projection.source);
    q = {map.vector(projection.detector_centre - projection.source), u, v};
  } else {
    p = {map.point(projection.detector_centre), u, v};
    q.constant = map.vector(projection.source);
  }
  Shadow shadow;
  shadow.length = product(q, q);
  Quadratic outside = product(p, p);
  outside.c -= 1;
  const Quadratic lengths =
      cone ? scaled(shadow.length, outside.c) : scaled(outside, shadow.length.c);
  shadow.discriminant = sum(squared(product(p, q)), scaled(lengths, -1));
  shadow.doubled_attenuation = 2 * body.attenuation_per_mm;
  return shadow;
}

struct RowQuadratic {
  double c, ci, cii;
  RowQuadratic(const Quadratic& q, double j)
      : c(q.c + j * (q.cj + j * q.cjj)), ci(q.ci + j * q.cij), cii(q.cii) {}
  double operator()(double i) const { return c + i * (ci + i * cii); }
};

// Pixels [first, last] of the row that the shadow may touch, in detector columns.
struct Interval {
  int first, last;
};

Interval touched(const RowQuadratic& discriminant, double centre, int columns) {
  // Not concave: the body is unbounded along the row (or surrounds the source); try all pixels.
  if (!(discriminant.cii < 0)) return {0, columns - 1};
  const double middle = -discriminant.ci / (2 * discriminant.cii);
  const double peak = discriminant(middle);
  if (!(peak > 0)) return {0, -1};
  const double half = std::sqrt(peak / -discriminant.cii);
  const double limit = columns;
  return {static_cast<int>(std::clamp(std::floor(centre + middle - half), 0.0, limit)),
          static_cast<int>(std::clamp(std::ceil(centre + middle + half), -1.0, limit - 1))};
}

void add_row(const Shadow& shadow, const Quadratic& ray_length, double j, double centre,
             std::vector<double>& row) {
  const RowQuadratic discriminant(shadow.discriminant, j), length(shadow.length, j),
      ray(ray_length, j);
  const auto [first, last] = touched(discriminant, centre, static_cast<int>(row.size()));
  double* out = row.data();
  for (int column = first; column <= last; ++column) {
    const double i = column - centre;
    const double inside = std::max(discriminant(i), 0.0);
    out[column] += shadow.doubled_attenuation * std::sqrt(inside * ray(i)) / length(i);
  }
}

}  // namespace

void project(const Phantom& phantom, const geometry::ProjectionGeometry& projection, double time_s,
             ImageView<float> out) {
  std::vector<Shadow> shadows;
  for (const auto& body : phantom.bodies) {
    const auto shadow = shadow_of(at_time(body, time_s), projection);
    // Rays along an infinite cylinder meet it in no point or in infinitely many.
    if (shadow.length.c > 0) shadows.push_back(shadow);
  }
  Affine ray;
  if (projection.beam == geometry::Beam::cone)
    ray = {projection.detector_centre - projection.source, projection.detector_u,
           projection.detector_v};
  else
    ray.constant = projection.source;
  const Quadratic ray_length = product(ray, ray);
  const double centre_u = (out.columns - 1) / 2.0, centre_v = (out.rows - 1) / 2.0;

  tbb::parallel_for(tbb::blocked_range<int>(0, out.rows, 8), [&](const auto& rows) {
    std::vector<double> row(static_cast<std::size_t>(out.columns));
    for (int r = rows.begin(); r != rows.end(); ++r) {
      std::fill(row.begin(), row.end(), 0.0);
      for (const auto& shadow : shadows) add_row(shadow, ray_length, r - centre_v, centre_u, row);
      const auto target = out.row(r);
      for (std::size_t c = 0; c < row.size(); ++c) target[c] = static_cast<float>(row[c]);
    }
  });
}

}  // namespace slicecast::phantom
