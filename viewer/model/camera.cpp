#include "viewer/model/camera.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace slicecast::viewer {
namespace {

constexpr double kPi = std::numbers::pi;
constexpr double kFieldOfView = 35 * kPi / 180;  // vertical
constexpr double kZoomPerStep = 0.85;
constexpr double kMostSteps = 200;  // at once; far beyond the limits, short of overflow
// Zoom limits, in radii of the bounding sphere.
constexpr double kNearestRadii = 1e-3, kFarthestRadii = 50;

}  // namespace

void Camera::resize(int width_px, int height_px) {
  width_ = std::max(1, width_px);
  height_ = std::max(1, height_px);
  if (framed_) frame(bounds_centre_, bounds_radius_);
}

void Camera::set_bounds(const Box& box) {
  const double radius = diagonal_of(box) / 2;
  const bool usable = radius > 0 && std::isfinite(radius);
  bounds_centre_ = usable ? centre_of(box) : Vec3{};
  bounds_radius_ = usable ? radius : 0.5;
  distance_ =
      std::clamp(distance_, kNearestRadii * bounds_radius_, kFarthestRadii * bounds_radius_);
  if (framed_) frame(bounds_centre_, bounds_radius_);
}

void Camera::reset(const Box& box) {
  framed_ = true;
  set_bounds(box);
  azimuth_ = -60 * kPi / 180;
  elevation_ = 30 * kPi / 180;
}

// A sphere fits the viewport when it fits the narrower of the two opening angles.
void Camera::frame(const Vec3& centre, double radius) {
  const double half_height = kFieldOfView / 2;
  const double half_width = std::atan(std::tan(half_height) * width_ / height_);
  target_ = centre;
  distance_ = std::clamp(radius / std::sin(std::min(half_height, half_width)),
                         kNearestRadii * bounds_radius_, kFarthestRadii * bounds_radius_);
}

// Distance of the image plane in pixels.
double Camera::focal_px() const {
  return height_ / (2 * std::tan(kFieldOfView / 2));
}

void Camera::orbit(double dx_px, double dy_px) {
  const double per_px = kPi / height_;
  azimuth_ = std::remainder(azimuth_ - dx_px * per_px, 2 * kPi);
  elevation_ = std::clamp(elevation_ + dy_px * per_px, -kPi / 2, kPi / 2);
}

void Camera::pan(double dx_px, double dy_px) {
  framed_ = false;
  const auto axes = basis();
  const double mm = distance_ / focal_px();
  target_ = target_ - axes.right * (dx_px * mm) + axes.up * (dy_px * mm);
}

void Camera::zoom_at(Cursor cursor, double steps, std::optional<Vec3> held) {
  if (std::isnan(steps)) return;
  framed_ = false;
  const double wanted =
      distance_ * std::pow(kZoomPerStep, std::clamp(steps, -kMostSteps, kMostSteps));
  const double next =
      std::clamp(wanted, kNearestRadii * bounds_radius_, kFarthestRadii * bounds_radius_);
  if (!held) {
    const Ray ray = ray_through(cursor);
    held = ray.origin + ray.direction * (distance_ / dot(ray.direction, basis().forward));
  }
  // Scaling eye and target about the held point leaves its direction from the eye as it is.
  const double scale = next / distance_;
  target_ = *held + (target_ - *held) * scale;
  distance_ = next;
}

void Camera::look_from(View view) {
  switch (view) {
    case View::plus_x: azimuth_ = 0, elevation_ = 0; break;
    case View::minus_x: azimuth_ = kPi, elevation_ = 0; break;
    case View::plus_y: azimuth_ = kPi / 2, elevation_ = 0; break;
    case View::minus_y: azimuth_ = -kPi / 2, elevation_ = 0; break;
    case View::plus_z: azimuth_ = -kPi / 2, elevation_ = kPi / 2; break;
    case View::minus_z: azimuth_ = -kPi / 2, elevation_ = -kPi / 2; break;
  }
}

void Camera::face(const Pose& slice) {
  const Vec3 normal = normal_of(slice);
  if (geometry::norm(normal) == 0) return;
  framed_ = false;
  elevation_ = std::asin(std::clamp(normal.z, -1.0, 1.0));
  // At a pole the azimuth alone decides what is up; take axis2 for it.
  if (std::hypot(normal.x, normal.y) > 1e-6)
    azimuth_ = std::atan2(normal.y, normal.x);
  else
    azimuth_ = normal.z > 0 ? std::atan2(-slice.axis2.y, -slice.axis2.x)
                            : std::atan2(slice.axis2.y, slice.axis2.x);
  const double longest = std::max(geometry::norm(slice.axis1 + slice.axis2),
                                  geometry::norm(slice.axis1 - slice.axis2));
  frame(centre_of(slice), longest / 2);
}

ViewBasis Camera::basis() const {
  const double ca = std::cos(azimuth_), sa = std::sin(azimuth_);
  const double ce = std::cos(elevation_), se = std::sin(elevation_);
  return {{-sa, ca, 0}, {-se * ca, -se * sa, ce}, {-ce * ca, -ce * sa, -se}};
}

Vec3 Camera::eye() const {
  return target_ - basis().forward * distance_;
}

Matrix4 Camera::view() const {
  const auto axes = basis();
  const Vec3 from = eye();
  const Vec3 rows[3] = {axes.right, axes.up, axes.forward * -1.0};
  Matrix4 m{};
  for (std::size_t r = 0; r < 3; ++r) {
    m[r] = static_cast<float>(rows[r].x);
    m[4 + r] = static_cast<float>(rows[r].y);
    m[8 + r] = static_cast<float>(rows[r].z);
    m[12 + r] = static_cast<float>(-dot(rows[r], from));
  }
  m[15] = 1;
  return m;
}

Matrix4 Camera::projection() const {
  // Near and far hug the bounding sphere, for depth precision; twice its size leaves room for
  // slices that stick out.
  const double depth = dot(bounds_centre_ - eye(), basis().forward);
  const double reach = 2 * bounds_radius_;
  const double far = std::max(depth + reach, 2 * distance_);
  const double near = std::max({depth - reach, 1e-3 * distance_, 1e-5 * far});
  const double focal = 1 / std::tan(kFieldOfView / 2);
  Matrix4 m{};
  m[0] = static_cast<float>(focal * height_ / width_);
  m[5] = static_cast<float>(focal);
  m[10] = static_cast<float>((far + near) / (near - far));
  m[11] = -1;
  m[14] = static_cast<float>(2 * far * near / (near - far));
  return m;
}

Ray Camera::ray_through(Cursor cursor) const {
  const auto axes = basis();
  const double f = focal_px();
  const double x = (cursor.x - width_ / 2.0) / f, y = (height_ / 2.0 - cursor.y) / f;
  return {eye(), unit(axes.forward + axes.right * x + axes.up * y)};
}

std::optional<Cursor> Camera::cursor_of(Vec3 point) const {
  const auto axes = basis();
  const Vec3 offset = point - eye();
  const double depth = dot(offset, axes.forward);
  if (!(depth > 1e-9 * distance_)) return std::nullopt;
  const double f = focal_px() / depth;
  const Cursor at{width_ / 2.0 + dot(offset, axes.right) * f,
                  height_ / 2.0 - dot(offset, axes.up) * f};
  if (!std::isfinite(at.x) || !std::isfinite(at.y)) return std::nullopt;
  return at;
}

double Camera::mm_per_pixel(Vec3 point) const {
  const double depth = dot(point - eye(), basis().forward);
  return std::max(depth, 1e-9 * distance_) / focal_px();
}

}  // namespace slicecast::viewer
