#include "viewer/model/roi.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "viewer/model/measure.h"

namespace slicecast::viewer {
namespace {

struct Bounds {
  double left, right, bottom, top;  // pixel coordinates
};

Bounds bounds_of(const Roi& roi) {
  return {std::min(roi.corner.column, roi.opposite.column),
          std::max(roi.corner.column, roi.opposite.column),
          std::min(roi.corner.row, roi.opposite.row), std::max(roi.corner.row, roi.opposite.row)};
}

// Pixel centres of [low, high] within [0, count), as a half-open range.
ColumnRange centres_in(double low, double high, int count) {
  const double first = std::max(0.0, std::ceil(low)),
               last = std::min(count - 1.0, std::floor(high));
  if (!(first <= last)) return {};
  return {static_cast<int>(first), static_cast<int>(last) + 1};
}

ColumnRange columns_of(const Roi& roi, const Bounds& bounds, int row, int columns) {
  if (roi.shape == RoiShape::rectangle) return centres_in(bounds.left, bounds.right, columns);
  const double half_width = (bounds.right - bounds.left) / 2;
  const double half_height = (bounds.top - bounds.bottom) / 2;
  const double height = row - (bounds.bottom + bounds.top) / 2;
  const double share = half_height > 0 ? height / half_height : 0;
  const double reach = half_width * std::sqrt(std::max(0.0, 1 - share * share));
  const double centre = (bounds.left + bounds.right) / 2;
  return centres_in(centre - reach, centre + reach, columns);
}

}  // namespace

Result<RoiStatistics> roi_statistics(const SlicePixels& slice, const Roi& roi) {
  const auto& image = slice.image;
  if (image.pixels == nullptr || image.rows < 1 || image.columns < 1)
    return Error{Errc::not_found, "there is no image to measure in yet; wait for the first one"};
  const Bounds bounds = bounds_of(roi);
  if (!std::isfinite(bounds.left + bounds.right) || !std::isfinite(bounds.bottom + bounds.top))
    return Error{Errc::invalid_argument, "the region has no corners; drag it again"};
  RoiStatistics result;
  result.minimum = std::numeric_limits<double>::infinity();
  result.maximum = -result.minimum;
  double squares = 0;
  const auto rows = centres_in(bounds.bottom, bounds.top, image.rows);
  for (int r = rows.first; r < rows.end; ++r) {
    const auto region = columns_of(roi, bounds, r, image.columns);
    const auto field = columns_in_field(slice, r);
    for (int c = std::max(region.first, field.first); c < std::min(region.end, field.end); ++c) {
      const double value = image(r, c);
      if (!std::isfinite(value)) {
        ++result.not_finite;
        continue;
      }
      // Welford 1962: one pass, no cancellation.
      ++result.count;
      const double before = value - result.mean;
      result.mean += before / static_cast<double>(result.count);
      squares += before * (value - result.mean);
      result.minimum = std::min(result.minimum, value);
      result.maximum = std::max(result.maximum, value);
    }
  }
  if (result.count == 0)
    return Error{Errc::not_found,
                 "no pixel with a value lies in the region; draw it larger, within the image"};
  if (result.count > 1) result.deviation = std::sqrt(squares / double(result.count - 1));
  const double pixel_mm2 = geometry::norm(cross(slice.pose.axis1, slice.pose.axis2)) /
                           (double(image.rows) * double(image.columns));
  result.area_mm2 = static_cast<double>(result.count) * pixel_mm2;
  return result;
}

std::string roi_csv(const Roi& roi, const RoiStatistics& statistics, const std::string& unit,
                    const std::string& length_unit, const std::string& provenance) {
  const Bounds bounds = bounds_of(roi);
  const NamedNumber numbers[] = {{"left", "px", bounds.left},
                                 {"right", "px", bounds.right},
                                 {"first row", "px", bounds.bottom},
                                 {"last row", "px", bounds.top},
                                 {"pixels", "", static_cast<double>(statistics.count)},
                                 {"left out", "", static_cast<double>(statistics.not_finite)},
                                 {"area", length_unit + "^2", statistics.area_mm2},
                                 {"mean", unit, statistics.mean},
                                 {"standard deviation", unit, statistics.deviation},
                                 {"minimum", unit, statistics.minimum},
                                 {"maximum", unit, statistics.maximum}};
  const char* shape = roi.shape == RoiShape::rectangle ? "rectangle" : "ellipse";
  const std::string origin = provenance.empty() ? std::string(shape) : provenance + "; " + shape;
  return numbers_csv(numbers, origin);
}

}  // namespace slicecast::viewer
