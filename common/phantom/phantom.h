// A phantom whose projections and voxels are known exactly. Lengths mm, values 1/mm, times s.
// Everything here is pure and may be called from any thread.
#pragma once

#include <vector>

#include "common/base/error.h"
#include "common/base/image_view.h"
#include "common/geometry/plane.h"
#include "common/geometry/scan_geometry.h"
#include "common/phantom/ellipsoid.h"

namespace slicecast::phantom {

struct Phantom {
  std::vector<Ellipsoid> bodies;
};

// Semi-axes > 0 at all times, directions orthonormal, numbers finite.
Result<void> validate(const Phantom& phantom);

// Attenuation at one point; a body's surface belongs to it.
double value(const Phantom& phantom, geometry::Vec3 point, double time_s);

// Attenuation at every point of `grid` into `out`, [plane][row][column] floats without padding.
void rasterise(const Phantom& phantom, const geometry::PointGrid& grid, double time_s, float* out);

// Integral along the whole straight line through `point`; `direction` of any length.
double line_integral(const Phantom& phantom, geometry::Vec3 point, geometry::Vec3 direction,
                     double time_s);

// Line integrals through the pixel centres of the upright detector of `projection`
// (out.rows x out.columns), in double precision, rounded once. Cone beam: bodies must lie in front
// of the source. Chord of a ray o + t d: with p and q the ray in the coordinates where the body is
// the unit sphere, 2 |d| sqrt((p.q)^2 - q.q (p.p - 1)) / q.q.
void project(const Phantom& phantom, const geometry::ProjectionGeometry& projection, double time_s,
             ImageView<float> out);

}  // namespace slicecast::phantom
