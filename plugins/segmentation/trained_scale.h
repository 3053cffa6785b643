// Whether a slice is what a network was trained on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/base/error.h"

namespace slicecast::segment {

struct TrainedOn {
  std::optional<double> pixel_mm;  // nothing: any
  std::string value_unit;          // "1/mm"; empty: any
};

struct Shown {
  double pixel_mm = 0;     // 0: unknown
  std::string value_unit;  // empty: unknown
};

enum class Scale : std::uint8_t { trained, outside };

// A slice in another unit is refused: its values mean something else. Pixels of another size are
// marked: outside when they differ by more than the square root of 2, which is as near as halvings
// of the pixels can come, or when their size is not known.
Result<Scale> scale_of(const TrainedOn& trained, const Shown& shown);

// The pixel size to ask the feed for; 0: whatever comes.
double wished_pixel_mm(const TrainedOn& trained);

}  // namespace slicecast::segment
