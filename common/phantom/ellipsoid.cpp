#include "common/phantom/ellipsoid.h"

#include <cmath>

namespace slicecast::phantom {

using geometry::Vec3;

Ellipsoid sphere(Vec3 centre, double radius_mm, double attenuation_per_mm) {
  Ellipsoid body;
  body.centre = centre;
  body.semi_axes = {radius_mm, radius_mm, radius_mm};
  body.attenuation_per_mm = attenuation_per_mm;
  return body;
}

Ellipsoid turned_about_z(Ellipsoid body, double angle_rad) {
  const double c = std::cos(angle_rad), s = std::sin(angle_rad);
  const auto turned = [&](Vec3 v) { return Vec3{c * v.x - s * v.y, s * v.x + c * v.y, v.z}; };
  body.direction1 = turned(body.direction1);
  body.direction2 = turned(body.direction2);
  return body;
}

Ellipsoid at_time(const Ellipsoid& body, double time_s) {
  Ellipsoid still = body;
  still.motion = {};
  const Motion& motion = body.motion;
  double age = time_s;
  if (motion.wrap_high_mm > motion.wrap_low_mm && motion.velocity.z != 0) {
    const double period = (motion.wrap_high_mm - motion.wrap_low_mm) / std::abs(motion.velocity.z);
    const bool rising = motion.velocity.z > 0;
    const double start = rising ? motion.wrap_low_mm : motion.wrap_high_mm;
    // Age at time 0, from where on its way the body is given.
    const double head_start = (body.centre.z - start) / motion.velocity.z;
    age = time_s + head_start;
    age -= std::floor(age / period) * period;
    still.centre.z = start;
  }
  still.centre = still.centre + motion.velocity * age;
  still.semi_axes = still.semi_axes * (1 + motion.growth_per_s * age);
  return still;
}

UnitMap::UnitMap(const Ellipsoid& body)
    : centre_(body.centre),
      row1_(body.direction1 * (1 / body.semi_axes.x)),
      row2_(body.direction2 * (1 / body.semi_axes.y)),
      row3_(cross(body.direction1, body.direction2) * (1 / body.semi_axes.z)) {}

}  // namespace slicecast::phantom
