// The only body phantoms are made of: an ellipsoid that may move, grow and start again.
// Lengths are mm, attenuation 1/mm, times seconds.
#pragma once

#include "common/geometry/matrix.h"

namespace slicecast::phantom {

// Straight motion. With wrap_high > wrap_low the height of the centre stays within
// [wrap_low, wrap_high): who leaves at one end starts again at the other, at its initial size and
// place in x and y.
struct Motion {
  geometry::Vec3 velocity;  // mm/s
  double growth_per_s = 0;  // semi-axes are multiplied by 1 + growth * (time since the start)
  double wrap_low_mm = 0;
  double wrap_high_mm = 0;
};

// `attenuation_per_mm` is added to whatever other bodies contribute inside; negative for a void in
// another body. An infinite semi-axis makes a cylinder of infinite length along that direction.
struct Ellipsoid {
  geometry::Vec3 centre;     // at time 0
  geometry::Vec3 semi_axes;  // along direction1, direction2 and their cross product
  double attenuation_per_mm = 0;
  geometry::Vec3 direction1{1, 0, 0};  // orthonormal
  geometry::Vec3 direction2{0, 1, 0};
  Motion motion;
};

Ellipsoid sphere(geometry::Vec3 centre, double radius_mm, double attenuation_per_mm);
// The same body turned counter-clockwise about the z direction through its centre.
Ellipsoid turned_about_z(Ellipsoid body, double angle_rad);
// The same body at rest, as it is at time `time_s`.
Ellipsoid at_time(const Ellipsoid& body, double time_s);

// Affine map that takes the ellipsoid to the unit sphere. Infinite semi-axes map to 0.
class UnitMap {
 public:
  explicit UnitMap(const Ellipsoid& body);
  geometry::Vec3 point(geometry::Vec3 p) const { return vector(p - centre_); }
  geometry::Vec3 vector(geometry::Vec3 v) const {
    return {geometry::dot(row1_, v), geometry::dot(row2_, v), geometry::dot(row3_, v)};
  }

 private:
  geometry::Vec3 centre_, row1_, row2_, row3_;
};

}  // namespace slicecast::phantom
