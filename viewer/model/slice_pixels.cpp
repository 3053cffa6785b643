#include "viewer/model/slice_pixels.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace slicecast::viewer {

Vec3 point_of(const Pose& pose, int rows, int columns, PixelPoint pixel) {
  return pose.base + pose.axis1 * ((pixel.column + 0.5) / columns) +
         pose.axis2 * ((pixel.row + 0.5) / rows);
}

PixelPoint pixel_of(const Pose& pose, int rows, int columns, Vec3 point) {
  // Axes need not be perpendicular: solve the 2x2 normal equations.
  const Vec3 offset = point - pose.base;
  const double a = dot(pose.axis1, pose.axis1), b = dot(pose.axis1, pose.axis2),
               c = dot(pose.axis2, pose.axis2);
  const double p = dot(offset, pose.axis1), q = dot(offset, pose.axis2);
  const double determinant = a * c - b * b;
  return {(p * c - q * b) / determinant * columns - 0.5,
          (q * a - p * b) / determinant * rows - 0.5};
}

double value_at(const ImageView<const float>& image, PixelPoint pixel) {
  // Not (outside), so that NaN coordinates end here too.
  if (!(pixel.column >= -0.5 && pixel.column <= image.columns - 0.5 && pixel.row >= -0.5 &&
        pixel.row <= image.rows - 0.5))
    return std::numeric_limits<double>::quiet_NaN();
  const double column = std::clamp(pixel.column, 0.0, image.columns - 1.0);
  const double row = std::clamp(pixel.row, 0.0, image.rows - 1.0);
  const int c0 = std::min(static_cast<int>(column), std::max(0, image.columns - 2));
  const int r0 = std::min(static_cast<int>(row), std::max(0, image.rows - 2));
  const double fc = column - c0, fr = row - r0;
  const auto weighted = [](double weight, double value) { return weight > 0 ? weight * value : 0; };
  const auto in_row = [&](int r) {
    double sum = weighted(1 - fc, image(r, c0));
    if (fc > 0) sum += weighted(fc, image(r, c0 + 1));
    return sum;
  };
  double sum = weighted(1 - fr, fr < 1 ? in_row(r0) : 0);
  if (fr > 0) sum += weighted(fr, in_row(r0 + 1));
  return sum;
}

namespace {

// The slice server's rule: without a radius nothing is masked, and pixels on the rim are in.
bool limits(const std::optional<geometry::FieldOfView>& field) {
  return field && field->radius_mm > 0;
}
double slack_of(const geometry::FieldOfView& field) {
  return 1e-6 * field.radius_mm;
}

}  // namespace

ColumnRange columns_in_field(const SlicePixels& slice, int row) {
  const int columns = slice.image.columns;
  if (!limits(slice.field)) return {0, columns};
  const auto& field = *slice.field;
  const Vec3 first = point_of(slice.pose, slice.image.rows, columns, {0, static_cast<double>(row)});
  const Vec3 step = slice.pose.axis1 * (1.0 / columns);
  double low = 0, high = columns - 1.0;  // columns that satisfy all conditions so far

  const double z_min = field.z_min_mm - slack_of(field), z_max = field.z_max_mm + slack_of(field);
  if (step.z == 0) {
    if (first.z < z_min || first.z > z_max) return {};
  } else {
    const double a = (z_min - first.z) / step.z, b = (z_max - first.z) / step.z;
    low = std::max(low, std::min(a, b));
    high = std::min(high, std::max(a, b));
  }
  // A row crosses the cylinder once: |first + c step|^2 <= radius^2 in x and y.
  const double radius = field.radius_mm + slack_of(field);
  const double a = step.x * step.x + step.y * step.y;
  const double b = first.x * step.x + first.y * step.y;
  const double c = first.x * first.x + first.y * first.y - radius * radius;
  if (a == 0) {
    if (c > 0) return {};
  } else {
    const double discriminant = b * b - a * c;
    if (discriminant < 0) return {};
    const double root = std::sqrt(discriminant);
    low = std::max(low, (-b - root) / a);
    high = std::min(high, (-b + root) / a);
  }
  if (!(low <= high)) return {};
  const int begin = static_cast<int>(std::ceil(low)), end = static_cast<int>(std::floor(high)) + 1;
  return begin < end ? ColumnRange{begin, end} : ColumnRange{};
}

bool in_field(const std::optional<geometry::FieldOfView>& field, Vec3 point) {
  if (!limits(field)) return true;
  const double slack = slack_of(*field);
  return std::hypot(point.x, point.y) <= field->radius_mm + slack &&
         point.z >= field->z_min_mm - slack && point.z <= field->z_max_mm + slack;
}

}  // namespace slicecast::viewer
