// Statistics of a region of interest in a slice. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/error.h"
#include "viewer/model/slice_pixels.h"

namespace slicecast::viewer {

enum class RoiShape : std::uint8_t { rectangle, ellipse };

struct Roi {
  RoiShape shape = RoiShape::rectangle;
  PixelPoint corner, opposite;  // in any order; an ellipse is inscribed
};

// Of the pixels whose centre lies in the region, the slice and its field of view and whose value is
// finite.
struct RoiStatistics {
  std::uint64_t count = 0;
  std::uint64_t not_finite = 0;                              // in the region but left out
  double mean = 0, deviation = 0, minimum = 0, maximum = 0;  // deviation: of the sample, n - 1
  double area_mm2 = 0;                                       // count times the pixel's area
};

// Refused: no image, corners that are not finite, no pixel that counts.
Result<RoiStatistics> roi_statistics(const SlicePixels& slice, const Roi& roi);

// `unit` of the values; `length_unit`: "mm", or "px" for scans without a pixel size.
std::string roi_csv(const Roi& roi, const RoiStatistics& statistics, const std::string& unit,
                    const std::string& length_unit, const std::string& provenance);

}  // namespace slicecast::viewer
