#include "common/segmentation/markers.h"

#include <algorithm>
#include <array>
#include <string>

#include "common/segmentation/percentile.h"

namespace slicecast::segmentation {

Result<void> MarkerRule::validate() const {
  if (!(low_percentile >= 0 && high_percentile <= 100 && low_percentile <= high_percentile))
    return Error{Errc::invalid_argument, "percentiles are " + std::to_string(low_percentile) +
                                             " and " + std::to_string(high_percentile) +
                                             "; give 0 to 100, the low one first"};
  return {};
}

void MarkerRule::mark(const Prepared& prepared, ImageView<std::uint8_t> markers,
                      Workspace& workspace) const {
  std::array<float, 2> limits{};
  if (prepared.count != 0)
    percentiles(prepared, std::array{low_percentile, high_percentile}, limits, workspace);
  const float low = limits[0], high = limits[1];
  workspace.for_bands(markers.rows, kBandRows, [&](int first, int last) {
    for (int r = first; r < last; ++r)
      std::transform(prepared.image.row(r).begin(), prepared.image.row(r).end(),
                     markers.row(r).begin(), [low, high](float value) {
                       const int above = value >= high ? 2 : 0;
                       return static_cast<std::uint8_t>(value <= low ? 1 : above);
                     });
  });
}

Result<void> validate(const Field& field, const Markers& markers) {
  if (markers.pixels == nullptr || markers.rows != field.image.rows ||
      markers.columns != field.image.columns)
    return Error{Errc::invalid_argument,
                 "markers are not of the size of the image; give a seed or "
                 "0 for each of its pixels"};
  return {};
}

}  // namespace slicecast::segmentation
