#include "common/geometry/plane.h"

#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

namespace slicecast::geometry {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Locale-independent; the whole text must be one finite number.
std::optional<double> number_in(std::string_view text) {
  text = trimmed(text);
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

Error refused(std::string_view text, const char* why) {
  return {Errc::invalid_argument,
          "pose '" + std::string(text) + "' " + why +
              "; write xy@Z, xz@Y or yz@X in mm, or nine numbers: base,axis1,axis2"};
}

Result<Pose> named_pose(std::string_view text, double width_mm) {
  if (!(width_mm > 0) || !std::isfinite(width_mm))
    return Error{Errc::invalid_argument,
                 "a named pose needs a width > 0 mm; give the size and pixel size of the slice"};
  const auto at = number_in(text.substr(3));
  if (!at) return refused(text, "has no number after the @");
  const double half = width_mm / 2;
  const auto plane = text.substr(0, 2);
  if (plane == "xy") return Pose{{-half, -half, *at}, {width_mm, 0, 0}, {0, width_mm, 0}};
  if (plane == "xz") return Pose{{-half, *at, -half}, {width_mm, 0, 0}, {0, 0, width_mm}};
  return Pose{{*at, -half, -half}, {0, width_mm, 0}, {0, 0, width_mm}};
}

}  // namespace

Result<void> check_pose(const Pose& pose) {
  constexpr double kFarthestMm = 1e9, kShortestEdgeMm = 1e-9, kLeastSine = 1e-9;
  const double edge1 = norm(pose.axis1), edge2 = norm(pose.axis2);
  if (!(norm(pose.base) <= kFarthestMm && edge1 <= kFarthestMm && edge2 <= kFarthestMm))
    return Error{Errc::invalid_argument,
                 "the pose has numbers beyond 1e9 mm or that are none; send mm"};
  if (edge1 < kShortestEdgeMm || edge2 < kShortestEdgeMm ||
      norm(cross(pose.axis1, pose.axis2)) <= kLeastSine * edge1 * edge2)
    return Error{
        Errc::invalid_argument,
        "axis1 and axis2 do not span a plane; send two edge vectors in mm that are not parallel"};
  return {};
}

PointGrid grid_of(const Pose& pose, int rows, int columns) {
  PointGrid grid;
  grid.columns = columns;
  grid.rows = rows;
  grid.step_column = pose.axis1 * (1.0 / columns);
  grid.step_row = pose.axis2 * (1.0 / rows);
  grid.origin = pose.base + grid.step_column * 0.5 + grid.step_row * 0.5;
  return grid;
}

Vec3 point_at(const PointGrid& grid, int plane, int row, int column) {
  return grid.origin + grid.step_column * column + grid.step_row * row + grid.step_plane * plane;
}

PointGrid volume_grid(int size_x, int size_y, int size_z, double voxel_mm, Vec3 centre) {
  PointGrid grid;
  grid.columns = size_x;
  grid.rows = size_y;
  grid.planes = size_z;
  grid.step_column = {voxel_mm, 0, 0};
  grid.step_row = {0, voxel_mm, 0};
  grid.step_plane = {0, 0, voxel_mm};
  grid.origin = centre - Vec3{size_x - 1.0, size_y - 1.0, size_z - 1.0} * (voxel_mm / 2);
  return grid;
}

PointGrid slab_of(const PointGrid& volume, int first_plane, int plane_count) {
  PointGrid slab = volume;
  slab.origin = volume.origin + volume.step_plane * first_plane;
  slab.planes = plane_count;
  return slab;
}

bool is_named_pose(std::string_view text) {
  text = trimmed(text);
  return text.starts_with("xy@") || text.starts_with("xz@") || text.starts_with("yz@");
}

Result<Pose> parse_pose(std::string_view text, double width_mm) {
  text = trimmed(text);
  if (is_named_pose(text)) return named_pose(text, width_mm);

  std::vector<double> numbers;
  for (std::string_view rest = text;;) {
    const auto comma = rest.find(',');
    const auto value = number_in(rest.substr(0, comma));
    if (!value) return refused(text, "is not understood");
    numbers.push_back(*value);
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  if (numbers.size() != 9) return refused(text, "does not have nine numbers");
  const auto at = [&](std::size_t i) { return Vec3{numbers[i], numbers[i + 1], numbers[i + 2]}; };
  const Pose pose{at(0), at(3), at(6)};
  if (!check_pose(pose))
    return refused(text, "has axes that are zero or parallel, or numbers beyond 1e9 mm");
  return pose;
}

}  // namespace slicecast::geometry
