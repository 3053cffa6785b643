// The option bad_pixels: pixels of the detector that are interpolated, from a file.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "common/config/option.h"
#include "common/geometry/scan_geometry.h"
#include "common/io/pixel_mask.h"

namespace slicecast::offline {

// What the option names; nothing when it is empty.
Result<std::optional<io::PixelMask>> bad_pixel_mask(const config::Settings& settings);

// For ProcessDesc::bad. The mask must have the size of the upright detector: after transpose,
// before binning and region.
Result<std::shared_ptr<const std::vector<std::uint8_t>>> fitted(const io::PixelMask& mask,
                                                                const geometry::ScanGeometry& g);

}  // namespace slicecast::offline
