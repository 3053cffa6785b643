#include "viewer/model/measuring.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <utility>

namespace slicecast::viewer {
namespace {

struct ToolText {
  const char *name, *hint;
  std::size_t points;
};
constexpr std::array<ToolText, 6> kTools{{
    {"none", "", 0},
    {"profile", "click both ends of the line", 2},
    {"distance", "click both ends", 2},
    {"angle", "click an end, the vertex, the other end", 3},
    {"rectangle", "click two opposite corners", 2},
    {"ellipse", "click two opposite corners of its box", 2},
}};
const ToolText& text_of(MeasureTool tool) {
  return kTools[static_cast<std::size_t>(tool)];
}

Result<Measured> along_line(const std::vector<PixelPoint>& points, const SlicePixels& slice,
                            const std::string& unit, const std::string& provenance) {
  auto profile = line_profile(slice, points[0], points[1]);
  if (!profile) return profile.error();
  Measured result;
  double low = NAN, high = NAN;
  for (const auto& sample : *profile) {
    low = std::fmin(low, sample.value);
    high = std::fmax(high, sample.value);
  }
  result.lines.push_back(fmt::format("length {:.4g} {}", profile->back().distance_mm, unit));
  result.lines.push_back(fmt::format("{:.4g} to {:.4g} {}", low, high, slice.unit));
  result.csv = profile_csv(*profile, slice.unit, unit, provenance);
  result.profile = *std::move(profile);
  return result;
}

Result<Measured> in_region(const Roi& roi, const SlicePixels& slice, const std::string& unit,
                           const std::string& provenance) {
  const auto found = roi_statistics(slice, roi);
  if (!found) return found.error();
  Measured result;
  result.lines = {
      fmt::format("mean {:.4g} {}", found->mean, slice.unit),
      fmt::format("std {:.4g} {}", found->deviation, slice.unit),
      fmt::format("min {:.4g} {}", found->minimum, slice.unit),
      fmt::format("max {:.4g} {}", found->maximum, slice.unit),
      fmt::format("area {:.4g} {}\u00B2, {} pixels", found->area_mm2, unit, found->count)};
  result.csv = roi_csv(roi, *found, slice.unit, unit, provenance);
  return result;
}

}  // namespace

const char* to_string(MeasureTool tool) {
  return text_of(tool).name;
}
const char* hint_of(MeasureTool tool) {
  return text_of(tool).hint;
}
std::size_t points_of(MeasureTool tool) {
  return text_of(tool).points;
}

void Measuring::choose(MeasureTool tool) {
  tool_ = tool == tool_ ? MeasureTool::none : tool;
  clear();
}

void Measuring::clear() {
  points_.clear();
  following_.reset();
  slice_.clear();
  ++revision_;
}

void Measuring::press(const std::string& slice, PixelPoint at) {
  if (tool_ == MeasureTool::none) return;
  if (complete() || slice != slice_) clear();
  slice_ = slice;
  points_.push_back(at);
  following_.reset();
  ++revision_;
}

void Measuring::hover(PixelPoint at) {
  if (!points_.empty() && !complete()) following_ = at;
}

std::vector<PixelPoint> Measuring::points() const {
  auto all = points_;
  if (following_ && !complete()) all.push_back(*following_);
  return all;
}

Result<Measured> measured(MeasureTool tool, const std::vector<PixelPoint>& points,
                          const SlicePixels& slice, const std::string& length_unit,
                          const std::string& provenance) {
  if (tool == MeasureTool::none || points.size() != points_of(tool))
    return Error{Errc::invalid_argument, fmt::format("{} first", hint_of(tool))};
  const int rows = slice.image.rows, columns = slice.image.columns;
  if (rows < 1 || columns < 1)
    return Error{Errc::unavailable, "the slice has no image yet; wait for it"};
  if (tool == MeasureTool::profile) return along_line(points, slice, length_unit, provenance);
  if (tool == MeasureTool::rectangle || tool == MeasureTool::ellipse) {
    const auto shape = tool == MeasureTool::ellipse ? RoiShape::ellipse : RoiShape::rectangle;
    return in_region({shape, points[0], points[1]}, slice, length_unit, provenance);
  }
  Measured result;
  if (tool == MeasureTool::distance) {
    const double length = distance_mm(slice.pose, rows, columns, points[0], points[1]);
    result.lines.push_back(fmt::format("{:.4g} {}", length, length_unit));
    const NamedNumber number{"distance", length_unit, length};
    result.csv = numbers_csv({&number, 1}, provenance);
    return result;
  }
  const auto angle = angle_rad(slice.pose, rows, columns, points[0], points[1], points[2]);
  if (!angle) return angle.error();
  const double degrees = *angle * 180 / std::numbers::pi;
  result.lines.push_back(fmt::format("{:.2f}\u00B0", degrees));
  const NamedNumber number{"angle", "deg", degrees};
  result.csv = numbers_csv({&number, 1}, provenance);
  return result;
}

Measured of_both(Measured a, const Measured& b) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < a.lines.size(); ++i) {
    const bool shared = i < b.lines.size() && a.lines[i] == b.lines[i];
    lines.push_back(shared ? a.lines[i] : "A " + a.lines[i]);
    if (!shared && i < b.lines.size()) lines.push_back("B " + b.lines[i]);
  }
  a.lines = std::move(lines);
  a.compared = b.profile;
  a.csv += b.csv;
  return a;
}

}  // namespace slicecast::viewer
