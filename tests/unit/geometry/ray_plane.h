// Independent check of the matrices: the detector coordinates of a world point by intersecting the
// ray through it with the detector plane, and the frames of the conventions written out by hand.
#pragma once

#include "common/geometry/scan_geometry.h"

namespace slicecast::geometry::testing {

struct HandMadeDetector {
  bool cone = false;
  Vec3 source_or_ray;
  Vec3 reference;  // world position of pixel (reference_u, reference_v)
  double reference_u = 0, reference_v = 0;
  Vec3 unit_u, unit_v;  // orthonormal
  double pixel_mm = 1;
};

struct Pixel {
  double u, v;
};

// Ray-plane intersection, then coordinates by projecting onto the two unit vectors.
inline Pixel intersect(const HandMadeDetector& d, Vec3 point) {
  const Vec3 origin = d.cone ? d.source_or_ray : point;
  const Vec3 direction = d.cone ? point - d.source_or_ray : d.source_or_ray;
  const Vec3 normal = cross(d.unit_u, d.unit_v);
  const double distance = dot(normal, d.reference - origin) / dot(normal, direction);
  const Vec3 hit = origin + direction * distance - d.reference;
  return {d.reference_u + dot(hit, d.unit_u) / d.pixel_mm,
          d.reference_v + dot(hit, d.unit_v) / d.pixel_mm};
}

// Rodrigues' formula: `v` turned about the unit vector `axis` by the right-hand rule.
Vec3 turned(Vec3 v, Vec3 axis, double angle);

ScanGeometry parallel_scan();  // 101 x 151 pixels of 0.5 mm
ScanGeometry cone_scan();      // the same detector, SOD 400, SDD 1000

}  // namespace slicecast::geometry::testing
