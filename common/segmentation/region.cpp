#include "common/segmentation/region.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace slicecast::segmentation {
namespace {

using geometry::dot;
using geometry::Vec3;

bool finite(Vec3 v) {
  return std::isfinite(v.x) && std::isfinite(v.y) && std::isfinite(v.z);
}

Result<void> validate(const geometry::Pose& pose, ImageView<const std::uint8_t> mask) {
  if (mask.pixels == nullptr || mask.rows < 1 || mask.columns < 1)
    return Error{Errc::invalid_argument, "a mask without pixels; give at least one row and column"};
  if (!finite(pose.base) || !finite(pose.axis1) || !finite(pose.axis2))
    return Error{Errc::invalid_argument, "a pose is not finite; give base, axis1 and axis2 in mm"};
  return {};
}

// Between two heights along a unit direction from `centre`, and within a radius of its axis.
struct Bounds {
  Vec3 centre, direction;
  double radius, low, high;
};

void fill(const Bounds& bounds, const geometry::Pose& pose, ImageView<std::uint8_t> mask) {
  const auto grid = geometry::grid_of(pose, mask.rows, mask.columns);
  const double radius2 = bounds.radius * bounds.radius;
  const double rise = dot(grid.step_column, bounds.direction);
  const Vec3 outwards = grid.step_column - rise * bounds.direction;
  for (int r = 0; r < mask.rows; ++r) {
    // Relative to the axis: along and across both change evenly along a row.
    const Vec3 start = geometry::point_at(grid, 0, r, 0) - bounds.centre;
    const double height = dot(start, bounds.direction);
    const Vec3 across = start - height * bounds.direction;
    const auto row = mask.row(r);
    for (std::size_t c = 0; c < row.size(); ++c) {
      const double step = static_cast<double>(c);
      const double along = height + step * rise;
      const Vec3 off = across + step * outwards;
      row[c] = along >= bounds.low && along <= bounds.high && dot(off, off) <= radius2 ? 1 : 0;
    }
  }
}

}  // namespace

Result<void> Cylinder::validate() const {
  const double length = geometry::norm(direction);
  if (!finite(centre) || !std::isfinite(length) || length <= 0)
    return Error{Errc::invalid_argument,
                 "the axis of a cylinder has no direction; give a finite centre and a vector"};
  if (!(radius_mm > 0) || !(half_height_mm > 0))
    return Error{Errc::invalid_argument,
                 "a cylinder without extent; give a radius and a half height over 0 mm"};
  return {};
}

Result<void> mask_of(const Cylinder& cylinder, const geometry::Pose& pose,
                     ImageView<std::uint8_t> mask) {
  if (auto ok = cylinder.validate(); !ok) return ok;
  if (auto ok = validate(pose, mask); !ok) return ok;
  const Vec3 unit = cylinder.direction * (1 / geometry::norm(cylinder.direction));
  fill({cylinder.centre, unit, cylinder.radius_mm, -cylinder.half_height_mm,
        cylinder.half_height_mm},
       pose, mask);
  return {};
}

Result<void> mask_of(const geometry::FieldOfView& view, const geometry::Pose& pose,
                     ImageView<std::uint8_t> mask) {
  if (auto ok = validate(pose, mask); !ok) return ok;
  fill({{}, {0, 0, 1}, view.radius_mm, view.z_min_mm, view.z_max_mm}, pose, mask);
  return {};
}

Result<void> intersect(ImageView<std::uint8_t> mask, ImageView<const std::uint8_t> other) {
  if (mask.rows != other.rows || mask.columns != other.columns)
    return Error{Errc::invalid_argument, "masks of two sizes; make both for the same slice"};
  for (int r = 0; r < mask.rows; ++r)
    std::transform(
        mask.row(r).begin(), mask.row(r).end(), other.row(r).begin(), mask.row(r).begin(),
        [](std::uint8_t a, std::uint8_t b) { return static_cast<std::uint8_t>(a != 0 && b != 0); });
  return {};
}

}  // namespace slicecast::segmentation
