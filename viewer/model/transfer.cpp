#include "viewer/model/transfer.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "viewer/model/csv.h"

namespace slicecast::viewer {
namespace {

constexpr std::size_t kMostPoints = 32;

Error no_such_point() {
  return {Errc::invalid_argument, "the curve has no such point; take one that is shown"};
}

std::uint8_t byte_of(double share) {
  return static_cast<std::uint8_t>(std::lround(std::clamp(share, 0.0, 1.0) * 255));
}

TransferPoint blended(const TransferPoint& a, const TransferPoint& b, double position) {
  const double width = b.position - a.position;
  const double share = width > 0 ? (position - a.position) / width : 1;
  return {position, std::lerp(a.red, b.red, share), std::lerp(a.green, b.green, share),
          std::lerp(a.blue, b.blue, share), std::lerp(a.opacity, b.opacity, share)};
}

bool unit_range(double value) {
  return value >= 0 && value <= 1;
}

}  // namespace

TransferCurve::TransferCurve() : points_{{0, 0, 0, 0, 0}, {1, 1, 1, 1, 0.5}} {}

TransferCurve TransferCurve::from_map(ColourChoice choice, double threshold) {
  const double begin = std::clamp(std::isnan(threshold) ? 0.0 : threshold, 0.0, 1.0);
  const ColourTable& table = colour_table(choice);
  TransferCurve curve;
  curve.points_.clear();
  constexpr int kLast = 8;
  for (int i = 0; i <= kLast; ++i) {
    const double position = static_cast<double>(i) / kLast;
    const Rgba8 colour = lookup(table, position);
    const double rise = begin < 1 ? std::max(0.0, (position - begin) / (1 - begin)) : 0;
    curve.points_.push_back({position, colour.r / 255.0, colour.g / 255.0, colour.b / 255.0, rise});
  }
  return curve;
}

Result<std::size_t> TransferCurve::insert(double position) {
  if (!(position > 0 && position < 1))
    return Error{Errc::invalid_argument, "a new point lies between the ends; click inside"};
  if (points_.size() >= kMostPoints)
    return Error{Errc::resource_exhausted, "the curve has 32 points already; remove one first"};
  const auto next =
      std::upper_bound(points_.begin(), points_.end(), position,
                       [](double p, const TransferPoint& point) { return p < point.position; });
  const auto index = static_cast<std::size_t>(next - points_.begin());
  points_.insert(next, at(position));
  return index;
}

Result<void> TransferCurve::move(std::size_t index, double position, double opacity) {
  if (index >= points_.size()) return no_such_point();
  if (std::isnan(position) || std::isnan(opacity))
    return Error{Errc::invalid_argument, "position and opacity must be numbers from 0 to 1"};
  TransferPoint& point = points_[index];
  if (index > 0 && index + 1 < points_.size())
    point.position = std::clamp(position, points_[index - 1].position, points_[index + 1].position);
  point.opacity = std::clamp(opacity, 0.0, 1.0);
  return {};
}

Result<void> TransferCurve::recolour(std::size_t index, double red, double green, double blue) {
  if (index >= points_.size()) return no_such_point();
  if (!unit_range(red) || !unit_range(green) || !unit_range(blue))
    return Error{Errc::invalid_argument, "red, green and blue must be numbers from 0 to 1"};
  points_[index].red = red;
  points_[index].green = green;
  points_[index].blue = blue;
  return {};
}

Result<void> TransferCurve::remove(std::size_t index) {
  if (index >= points_.size()) return no_such_point();
  if (index == 0 || index + 1 == points_.size())
    return Error{Errc::invalid_argument, "the two ends of the curve stay; lower their opacity"};
  points_.erase(points_.begin() + static_cast<std::ptrdiff_t>(index));
  return {};
}

TransferPoint TransferCurve::at(double position) const {
  const double place = std::clamp(std::isnan(position) ? 0.0 : position, 0.0, 1.0);
  // Of points at the same position (a step) the last counts from there on.
  const auto next =
      std::upper_bound(points_.begin(), points_.end(), place,
                       [](double p, const TransferPoint& point) { return p < point.position; });
  if (next == points_.end()) return points_.back();
  return blended(*(next - 1), *next, place);
}

ColourTable TransferCurve::table() const {
  ColourTable table;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto point = at(static_cast<double>(i) / (table.size() - 1.0));
    table[i] = {byte_of(point.red), byte_of(point.green), byte_of(point.blue),
                byte_of(point.opacity)};
  }
  return table;
}

std::string TransferCurve::text() const {
  std::string text;
  for (const auto& p : points_) {
    if (!text.empty()) text += ';';
    for (double number : {p.position, p.red, p.green, p.blue}) text += number_text(number) + ',';
    text += number_text(p.opacity);
  }
  return text;
}

Result<TransferCurve> TransferCurve::parse(std::string_view text) {
  const Error refused{Errc::malformed,
                      "the transfer curve is not 'position,red,green,blue,opacity;...' with 2 to "
                      "32 rising positions from 0 to 1; remove it from the layout"};
  TransferCurve curve;
  curve.points_.clear();
  const char* next = text.data();
  const char* const end = next + text.size();
  for (;;) {
    double numbers[5];
    for (int i = 0; i < 5; ++i) {
      const auto [after, error] = std::from_chars(next, end, numbers[i]);
      if (error != std::errc{} || !unit_range(numbers[i])) return refused;
      next = after;
      if (i < 4 && (next == end || *next++ != ',')) return refused;
    }
    if (!curve.points_.empty() && numbers[0] < curve.points_.back().position) return refused;
    curve.points_.push_back({numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]});
    if (curve.points_.size() > kMostPoints) return refused;
    if (next == end) break;
    if (*next++ != ';') return refused;
  }
  if (curve.points_.size() < 2 || curve.points_.front().position != 0 ||
      curve.points_.back().position != 1)
    return refused;
  return curve;
}

}  // namespace slicecast::viewer
