// From source and detector vectors to the 3x4 matrix; the one place where matrices are made.
#pragma once

#include "common/geometry/scan_geometry.h"

namespace slicecast::geometry {

// `source`: cone: position; parallel: ray direction, any length. Detector pixel (column i, row j)
// is centred at corner + i * detector_u + j * detector_v. Scaled so that w = 1 at the origin. Cone:
// (u w, v w, w) ~ [detector_u | detector_v | corner - source]^-1 (point - source).
Matrix34 matrix_of(Beam beam, Vec3 source, Vec3 corner, Vec3 detector_u, Vec3 detector_v);

// How far the vectors are from defining a projection: the determinant above over the product of the
// lengths, and for a cone the depth of the origin over its distance. 0 when degenerate.
double conditioning(Beam beam, Vec3 source, Vec3 corner, Vec3 detector_u, Vec3 detector_v);

}  // namespace slicecast::geometry
