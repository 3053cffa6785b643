#include "viewer/model/measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "viewer/model/csv.h"

namespace slicecast::viewer {
namespace {

constexpr int kMostSamples = 65536;

bool finite(PixelPoint p) {
  return std::isfinite(p.column) && std::isfinite(p.row);
}

}  // namespace

Result<std::vector<ProfileSample>> line_profile(const SlicePixels& slice, PixelPoint from,
                                                PixelPoint to) {
  const auto& image = slice.image;
  if (image.pixels == nullptr || image.rows < 1 || image.columns < 1)
    return Error{Errc::not_found, "there is no image to measure in yet; wait for the first one"};
  const double pixels = std::hypot(to.column - from.column, to.row - from.row);
  if (!finite(from) || !finite(to) || !(pixels > 0))
    return Error{Errc::invalid_argument,
                 "a profile needs two different ends; drag from one to the other"};
  const int steps = static_cast<int>(std::clamp(std::round(pixels), 1.0, kMostSamples - 1.0));
  const double length = distance_mm(slice.pose, image.rows, image.columns, from, to);
  std::vector<ProfileSample> samples(static_cast<std::size_t>(steps) + 1);
  for (int i = 0; i <= steps; ++i) {
    const double share = static_cast<double>(i) / steps;
    auto& sample = samples[static_cast<std::size_t>(i)];
    sample.distance_mm = length * share;
    sample.pixel = {std::lerp(from.column, to.column, share), std::lerp(from.row, to.row, share)};
    sample.point = point_of(slice.pose, image.rows, image.columns, sample.pixel);
    sample.value = in_field(slice.field, sample.point) ? value_at(image, sample.pixel)
                                                       : std::numeric_limits<double>::quiet_NaN();
  }
  return samples;
}

double distance_mm(const Pose& pose, int rows, int columns, PixelPoint a, PixelPoint b) {
  return geometry::norm(point_of(pose, rows, columns, b) - point_of(pose, rows, columns, a));
}

Result<double> angle_rad(const Pose& pose, int rows, int columns, PixelPoint a, PixelPoint vertex,
                         PixelPoint b) {
  const Vec3 corner = point_of(pose, rows, columns, vertex);
  const Vec3 arm_a = point_of(pose, rows, columns, a) - corner;
  const Vec3 arm_b = point_of(pose, rows, columns, b) - corner;
  if (!(geometry::norm(arm_a) > 0) || !(geometry::norm(arm_b) > 0))
    return Error{Errc::invalid_argument,
                 "an angle needs two arms with a length; move the ends off the vertex"};
  // Unlike the arc cosine, good to the last digits near 0 and pi too.
  return std::atan2(geometry::norm(cross(arm_a, arm_b)), dot(arm_a, arm_b));
}

std::string profile_csv(std::span<const ProfileSample> samples, const std::string& unit,
                        const std::string& length_unit, const std::string& provenance) {
  std::string text = csv_provenance(provenance);
  text += fmt::format("distance ({0}),column (px),row (px),x ({0}),y ({0}),z ({0}),", length_unit) +
          csv_heading("value", unit) + "\n";
  for (const auto& s : samples)
    text += csv_line(
        {s.distance_mm, s.pixel.column, s.pixel.row, s.point.x, s.point.y, s.point.z, s.value});
  return text;
}

std::string numbers_csv(std::span<const NamedNumber> numbers, const std::string& provenance) {
  std::string headings, values;
  for (const auto& number : numbers) {
    if (!headings.empty()) headings += ',', values += ',';
    headings += csv_heading(number.name, number.unit);
    values += number_text(number.value);
  }
  return csv_provenance(provenance) + headings + '\n' + values + '\n';
}

}  // namespace slicecast::viewer
