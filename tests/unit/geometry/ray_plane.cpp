#include "tests/unit/geometry/ray_plane.h"

#include <cmath>

namespace slicecast::geometry::testing {

Vec3 turned(Vec3 v, Vec3 axis, double angle) {
  const double c = std::cos(angle), s = std::sin(angle);
  return v * c + cross(axis, v) * s + axis * (dot(axis, v) * (1 - c));
}

ScanGeometry parallel_scan() {
  ScanGeometry g;
  g.rows = 101;
  g.columns = 151;
  g.pixel_mm = 0.5;
  return g;
}

ScanGeometry cone_scan() {
  ScanGeometry g = parallel_scan();
  g.beam = Beam::cone;
  g.source_axis_mm = 400;
  g.source_detector_mm = 1000;
  return g;
}

}  // namespace slicecast::geometry::testing
