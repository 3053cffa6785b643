#include "viewer/model/space.h"

#include <algorithm>
#include <cmath>

namespace slicecast::viewer {

Vec3 centre_of(const Box& box) {
  return (box.low + box.high) * 0.5;
}

double diagonal_of(const Box& box) {
  return geometry::norm(box.high - box.low);
}

std::optional<Box> box_of(const geometry::FieldOfView& field) {
  const double r = field.radius_mm;
  if (!(r > 0) || !std::isfinite(r) || !(field.z_max_mm > field.z_min_mm) ||
      !std::isfinite(field.z_max_mm - field.z_min_mm))
    return std::nullopt;
  return Box{{-r, -r, field.z_min_mm}, {r, r, field.z_max_mm}};
}

Box united(const Box& a, const Box& b) {
  return {
      {std::min(a.low.x, b.low.x), std::min(a.low.y, b.low.y), std::min(a.low.z, b.low.z)},
      {std::max(a.high.x, b.high.x), std::max(a.high.y, b.high.y), std::max(a.high.z, b.high.z)}};
}

Vec3 unit(Vec3 v) {
  const double length = geometry::norm(v);
  return length > 0 ? v * (1 / length) : Vec3{};
}

Vec3 turned(Vec3 v, Vec3 axis, double angle_rad) {
  const double c = std::cos(angle_rad), s = std::sin(angle_rad);
  return v * c + cross(axis, v) * s + axis * (dot(axis, v) * (1 - c));
}

Vec3 centre_of(const Pose& pose) {
  return pose.base + (pose.axis1 + pose.axis2) * 0.5;
}

Vec3 normal_of(const Pose& pose) {
  const Vec3 across = cross(pose.axis1, pose.axis2);
  const double spanned = geometry::norm(pose.axis1) * geometry::norm(pose.axis2);
  return geometry::norm(across) > 1e-9 * spanned ? unit(across) : Vec3{};
}

bool same_pose(const Pose& a, const Pose& b) {
  const double extent = std::max({geometry::norm(a.axis1), geometry::norm(a.axis2),
                                  geometry::norm(b.axis1), geometry::norm(b.axis2)});
  const double allowed = 1e-9 * extent;
  return geometry::norm(a.base - b.base) <= allowed &&
         geometry::norm(a.axis1 - b.axis1) <= allowed &&
         geometry::norm(a.axis2 - b.axis2) <= allowed;
}

}  // namespace slicecast::viewer
