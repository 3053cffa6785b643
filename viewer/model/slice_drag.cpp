#include "viewer/model/slice_drag.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "viewer/model/picking.h"

namespace slicecast::viewer {
namespace {

// Nearer than this to looking along the normal, a shift is not visible under the cursor.
const double kFaceOn = std::cos(10 * std::numbers::pi / 180);
// Flatter than this, bearings in the slice's own plane jump with each cursor pixel.
const double kEdgeOn = std::sin(8 * std::numbers::pi / 180);

// Turned about the centre. The lengths are put back, since a rotation leaves them right only to
// rounding and a slice is dragged many times over.
Pose turned_about_centre(const Pose& start, Vec3 centre, Vec3 axis, double angle_rad) {
  const auto kept_length = [&](Vec3 v) {
    const Vec3 moved = turned(v, axis, angle_rad);
    const double length = geometry::norm(moved);
    return length > 0 ? moved * (geometry::norm(v) / length) : v;
  };
  if (angle_rad == 0) return start;
  Pose pose;
  pose.axis1 = kept_length(start.axis1);
  pose.axis2 = kept_length(start.axis2);
  pose.base = centre - (pose.axis1 + pose.axis2) * 0.5;
  return pose;
}

Vec3 in_plane(Vec3 v, Vec3 normal) {
  return v - normal * dot(v, normal);
}

}  // namespace

SliceDrag SliceDrag::begin(const Pose& start, const Ray& ray, const ViewBasis& view, DragMode mode,
                           double reach_mm) {
  SliceDrag drag;
  drag.start_ = start;
  drag.mode_ = mode;
  drag.view_ = view;
  drag.centre_ = centre_of(start);
  drag.normal_ = normal_of(start);
  const auto hit = hit_slice(ray, start, 1, 1);
  drag.grabbed_ = hit ? hit->point : drag.centre_;
  drag.reach_ = reach_mm > 0 && std::isfinite(reach_mm) ? reach_mm : 0;

  const Vec3 to_grabbed = unit(drag.grabbed_ - ray.origin);
  drag.face_on_ = std::abs(dot(drag.normal_, to_grabbed)) > kFaceOn;
  drag.edge_on_ = std::abs(dot(drag.normal_, to_grabbed)) < kEdgeOn;

  // Of the screen's right and up, the one that lies more nearly in the slice decides.
  const Vec3 right = in_plane(view.right, drag.normal_), up = in_plane(view.up, drag.normal_);
  const auto facing = [&](Vec3 axis, Vec3 wanted) {
    const double agreement = dot(axis, wanted);
    const double sense = std::abs(agreement) > 1e-6 ? agreement : dot(axis, view.forward);
    return sense < 0 ? axis * -1.0 : axis;
  };
  if (geometry::norm(right) >= geometry::norm(up)) {
    drag.tilt_right_ = unit(right);
    drag.tilt_up_ = facing(cross(drag.normal_, drag.tilt_right_), view.up);
  } else {
    drag.tilt_up_ = unit(up);
    drag.tilt_right_ = facing(cross(drag.normal_, drag.tilt_up_), view.right);
  }
  drag.first_on_screen_ = drag.on_screen_plane(ray, drag.centre_);
  drag.first_bearing_ = drag.bearing(ray);
  drag.first_shift_ = drag.shift_of(ray);
  return drag;
}

Pose SliceDrag::update(const Ray& ray) const {
  switch (mode_) {
    case DragMode::along_normal: return shifted(ray);
    case DragMode::rotate: return rotated(ray);
    case DragMode::spin: return spun(ray);
  }
  return start_;
}

// Where the ray meets the plane through a point that faces the eye.
Vec3 SliceDrag::on_screen_plane(const Ray& ray, Vec3 through) const {
  const double approach = dot(ray.direction, view_.forward);
  if (!(approach > 1e-6)) return through;
  return ray.origin + ray.direction * (dot(through - ray.origin, view_.forward) / approach);
}

double SliceDrag::shift_of(const Ray& ray) const {
  if (face_on_) {
    const double away = dot(normal_, view_.forward) < 0 ? -1 : 1;
    return away * dot(on_screen_plane(ray, grabbed_) - grabbed_, view_.up);
  }
  // The point of the line grabbed + s normal nearest to the ray.
  const Vec3 between = ray.origin - grabbed_;
  const double slant = dot(ray.direction, normal_);
  const double opening = 1 - slant * slant;
  const double along_ray = slant * dot(between, normal_) - dot(between, ray.direction);
  if (opening > 1e-12 && along_ray > 0)
    return (dot(between, normal_) - slant * dot(between, ray.direction)) / opening;
  // Past the line's vanishing point the nearest point lies behind the eye: as far as it goes.
  return slant < 0 ? -2 * reach_ : 2 * reach_;
}

// Right-handed about the normal, rad, from axis1.
double SliceDrag::bearing(const Ray& ray) const {
  if (edge_on_) {
    const Vec3 arm = on_screen_plane(ray, centre_) - centre_;
    const double on_screen = std::atan2(dot(arm, view_.up), dot(arm, view_.right));
    return dot(normal_, view_.forward) > 0 ? -on_screen : on_screen;
  }
  // Above the plane's horizon the bearing goes on as it was at the horizon, without a jump.
  const auto hit = hit_plane(ray, start_, 1, 1);
  const Vec3 arm = hit ? hit->point - centre_ : ray.direction;
  const Vec3 first = unit(start_.axis1);
  return std::atan2(dot(arm, cross(normal_, first)), dot(arm, first));
}

Pose SliceDrag::shifted(const Ray& ray) const {
  const double shift = std::clamp(shift_of(ray) - first_shift_, -reach_, reach_);
  Pose pose = start_;
  pose.base = start_.base + normal_ * shift;
  return pose;
}

Pose SliceDrag::rotated(const Ray& ray) const {
  const double radius = geometry::norm(start_.axis1 + start_.axis2) / 2;
  const Vec3 moved = on_screen_plane(ray, centre_) - first_on_screen_;
  if (!(radius > 0)) return start_;
  // A ball under the cursor: rightward turns about up, upward about left.
  const Vec3 turn =
      (tilt_up_ * dot(moved, view_.right) - tilt_right_ * dot(moved, view_.up)) * (1 / radius);
  return turned_about_centre(start_, centre_, unit(turn), geometry::norm(turn));
}

Pose SliceDrag::spun(const Ray& ray) const {
  return turned_about_centre(start_, centre_, normal_, bearing(ray) - first_bearing_);
}

Pose snapped(const Pose& pose, Axis axis) {
  const double length1 = geometry::norm(pose.axis1), length2 = geometry::norm(pose.axis2);
  Pose result;
  switch (axis) {
    case Axis::x: result.axis1 = {0, length1, 0}, result.axis2 = {0, 0, length2}; break;
    case Axis::y: result.axis1 = {length1, 0, 0}, result.axis2 = {0, 0, length2}; break;
    case Axis::z: result.axis1 = {length1, 0, 0}, result.axis2 = {0, length2, 0}; break;
  }
  result.base = centre_of(pose) - (result.axis1 + result.axis2) * 0.5;
  return result;
}

Axis nearest_axis(const Pose& pose) {
  const Vec3 normal = normal_of(pose);
  const double x = std::abs(normal.x), y = std::abs(normal.y), z = std::abs(normal.z);
  if (z >= x && z >= y) return Axis::z;
  return x >= y ? Axis::x : Axis::y;
}

Pose stepped(const Pose& pose, double voxels, double voxel_mm) {
  const Vec3 normal = normal_of(pose);
  double largest = normal.z;
  if (nearest_axis(pose) == Axis::x) largest = normal.x;
  if (nearest_axis(pose) == Axis::y) largest = normal.y;
  Pose moved = pose;
  moved.base = pose.base + normal * ((largest < 0 ? -voxels : voxels) * voxel_mm);
  return moved;
}

Pose recentred(const Pose& pose, Vec3 centre) {
  Pose result = snapped(pose, nearest_axis(pose));
  result.base = centre - (result.axis1 + result.axis2) * 0.5;
  return result;
}

}  // namespace slicecast::viewer
