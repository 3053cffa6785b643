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

// The nearest label to a pixel of the slice, which may have another size.
template <class Stored>
std::optional<std::uint32_t> label_at(const ImageView<const Stored>& labels, double along_columns,
                                      double along_rows) {
  if (labels.pixels == nullptr || labels.rows < 1 || labels.columns < 1) return std::nullopt;
  return labels(nearest(along_rows * labels.rows - 0.5, labels.rows),
                nearest(along_columns * labels.columns - 0.5, labels.columns));
}

}  // namespace

LabelPixels label_pixels(const OverlayImage& overlay) {
  if (!overlay.header.has_labels() || !check_overlay(overlay)) return {};
  const int rows = overlay.rows(), columns = overlay.columns();
  if (overlay.header.pixels().type() == v1::UINT16)
    return {{}, {overlay.pixels->as<std::uint16_t>(), rows, columns}};
  return {{overlay.pixels->as<std::uint8_t>(), rows, columns}, {}};
}

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
    const double along_columns = (pixel.column + 0.5) / columns,
                 along_rows = (pixel.row + 0.5) / rows;
    reading.label = label_at(slice.labels.bytes, along_columns, along_rows);
    if (!reading.label) reading.label = label_at(slice.labels.words, along_columns, along_rows);
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
