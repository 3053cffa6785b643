#include "viewer/model/picking.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace slicecast::viewer {

std::optional<PlaneHit> hit_plane(const Ray& ray, const Pose& pose, int rows, int columns) {
  const Vec3 normal = normal_of(pose);
  const double approach = dot(ray.direction, normal);
  // Within a millionth of edge-on the place along the slice is anybody's guess. The zero normal of
  // a degenerate pose ends here as well.
  if (!(std::abs(approach) > 1e-6)) return std::nullopt;
  const double distance = dot(pose.base - ray.origin, normal) / approach;
  if (!(distance >= 0) || !std::isfinite(distance)) return std::nullopt;
  PlaneHit hit;
  hit.distance_mm = distance;
  hit.point = ray.origin + ray.direction * distance;
  const PixelPoint share = pixel_of(pose, 1, 1, hit.point);
  hit.along1 = share.column + 0.5;
  hit.along2 = share.row + 0.5;
  hit.pixel = {hit.along1 * columns - 0.5, hit.along2 * rows - 0.5};
  return hit;
}

std::optional<PlaneHit> hit_slice(const Ray& ray, const Pose& pose, int rows, int columns) {
  auto hit = hit_plane(ray, pose, rows, columns);
  if (!hit || !(hit->along1 >= 0 && hit->along1 <= 1 && hit->along2 >= 0 && hit->along2 <= 1))
    return std::nullopt;
  return hit;
}

std::optional<SlicePick> pick_slice(const Ray& ray, std::span<const PickTarget> targets) {
  std::optional<SlicePick> nearest;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const auto hit = hit_slice(ray, targets[i].pose, targets[i].rows, targets[i].columns);
    if (hit && (!nearest || hit->distance_mm < nearest->hit.distance_mm))
      nearest = SlicePick{i, *hit};
  }
  return nearest;
}

std::optional<BoxHit> hit_box(const Ray& ray, const Box& box) {
  double entry = 0, exit = std::numeric_limits<double>::infinity();
  const double origin[3] = {ray.origin.x, ray.origin.y, ray.origin.z};
  const double direction[3] = {ray.direction.x, ray.direction.y, ray.direction.z};
  const double low[3] = {box.low.x, box.low.y, box.low.z};
  const double high[3] = {box.high.x, box.high.y, box.high.z};
  for (int i = 0; i < 3; ++i) {
    if (direction[i] == 0) {
      if (!(origin[i] >= low[i] && origin[i] <= high[i])) return std::nullopt;
      continue;
    }
    const double a = (low[i] - origin[i]) / direction[i], b = (high[i] - origin[i]) / direction[i];
    entry = std::max(entry, std::min(a, b));
    exit = std::min(exit, std::max(a, b));
  }
  if (!(entry <= exit) || !std::isfinite(exit)) return std::nullopt;
  return BoxHit{entry, exit};
}

}  // namespace slicecast::viewer
