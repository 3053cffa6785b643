#include "viewer/model/linked_cursor.h"

#include <algorithm>
#include <cmath>

namespace slicecast::viewer {
namespace {

int nearest(double coordinate, int count) {
  return std::clamp(static_cast<int>(std::lround(coordinate)), 0, count - 1);
}

// Size of a slice without an image: one pixel, so that its rectangle still counts.
int at_least_one(int count) {
  return std::max(1, count);
}

}  // namespace

std::vector<CursorReading> readings_at(Vec3 point, std::span<const CursorSlice> slices) {
  std::vector<CursorReading> readings;
  for (const auto& slice : slices) {
    const auto& [image, pose, field, unit] = slice.pixels;
    const int rows = at_least_one(image.rows), columns = at_least_one(image.columns);
    const Vec3 normal = normal_of(pose);
    if (geometry::norm(normal) == 0) continue;
    const double pixel_mm =
        std::max(geometry::norm(pose.axis1) / columns, geometry::norm(pose.axis2) / rows);
    if (!(std::abs(dot(point - pose.base, normal)) <= pixel_mm / 2)) continue;
    const PixelPoint pixel = pixel_of(pose, rows, columns, point);
    if (!(pixel.column >= -0.5 && pixel.column <= columns - 0.5 && pixel.row >= -0.5 &&
          pixel.row <= rows - 0.5))
      continue;
    CursorReading reading;
    reading.id = slice.id;
    reading.name = slice.name;
    reading.unit = unit;
    reading.pixel = pixel;
    reading.row = nearest(pixel.row, rows);
    reading.column = nearest(pixel.column, columns);
    reading.in_field = in_field(field, point);
    if (image.pixels != nullptr) reading.value = image(reading.row, reading.column);
    if (slice.labels.pixels != nullptr && slice.labels.rows > 0 && slice.labels.columns > 0) {
      const auto& labels = slice.labels;
      reading.label =
          labels(nearest((pixel.row + 0.5) / rows * labels.rows - 0.5, labels.rows),
                 nearest((pixel.column + 0.5) / columns * labels.columns - 0.5, labels.columns));
    }
    readings.push_back(std::move(reading));
  }
  return readings;
}

VoxelGrid volume_grid_of(const geometry::FieldOfView& field) {
  constexpr int kAcross = 256;
  const double voxel = 2 * field.radius_mm / kAcross;
  const double planes = std::round((field.z_max_mm - field.z_min_mm) / voxel);
  return {{kAcross, kAcross, static_cast<int>(std::clamp(planes, 1.0, 65536.0))},
          voxel,
          {0, 0, (field.z_min_mm + field.z_max_mm) / 2}};
}

std::optional<std::array<int, 3>> voxel_at(const VoxelGrid& grid, Vec3 point) {
  const double offset[3] = {point.x - grid.centre.x, point.y - grid.centre.y,
                            point.z - grid.centre.z};
  std::array<int, 3> voxel{};
  for (std::size_t i = 0; i < 3; ++i) {
    const double index = std::floor(offset[i] / grid.voxel_mm + grid.size[i] / 2.0);
    if (!(index >= 0 && index < grid.size[i])) return std::nullopt;
    voxel[i] = static_cast<int>(index);
  }
  return voxel;
}

}  // namespace slicecast::viewer
