// Stored projections of the reference backend: row-major, no padding.
#pragma once

#include <atomic>
#include <cstdint>

#include "common/recon/backend.h"

namespace slicecast::recon {

// Values that are not finite, or too large for half precision after division by `scale`, become 0
// or the largest half of their sign; both are counted in `clipped` (may be null).
StoredImagePtr reference_store(ImageView<const float> filtered, StoreType type, float scale,
                               std::atomic<std::uint64_t>* clipped);
StoredImagePtr reference_store_half(ImageView<const std::uint16_t> bits, StoreType type,
                                    float scale);
// The result has the type and scale of `image`, ceil(rows/2) x ceil(columns/2).
StoredImagePtr reference_halve(const StoredImage& image);

}  // namespace slicecast::recon
