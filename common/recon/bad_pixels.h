// Pixels without a measurement: which they are, and from which neighbours each is interpolated.
//
// A pixel lies between the nearest measured ones of its row and of its column; the closer pair
// serves (both when equally close), weighted by inverse distance, so that a linear ramp is
// reproduced exactly, also across module gaps of whole columns or rows. Where gaps cross, pixels
// interpolated first serve the rest; outer gaps repeat the nearest value.
#pragma once

#include <cstdint>
#include <vector>

#include "common/recon/processing.h"

namespace slicecast::recon {

// 1: bad. Upright, rows x columns; empty when all are good. From ProcessDesc::bad and, with a flat,
// from flat - dark.
std::vector<std::uint8_t> bad_pixel_mask(const ProcessDesc& desc);

// Sorted by row, then column. Entry i is pixel (row, column) = sum over its sources.
struct Interpolation {
  std::vector<int> first_of_row;  // rows + 1 entries into `column` and `first_source`
  std::vector<int> column;
  std::vector<int> first_source;     // entries + 1
  std::vector<std::int64_t> source;  // row * columns + column of a good pixel
  std::vector<double> weight;        // sum to 1 per entry
  bool empty() const { return column.empty(); }
};
// `mask` needs at least one good pixel, or is empty.
Interpolation plan_interpolation(const std::vector<std::uint8_t>& mask, int rows, int columns);

}  // namespace slicecast::recon
