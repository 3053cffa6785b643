// Bulk conversion between single and half precision (IEEE 754 binary16, round to nearest even).
// Any thread; spans of equal length that do not overlap.
#pragma once

#include <cstdint>
#include <span>

namespace slicecast::recon {

// single = half * scale, subnormal halves included. Infinities and NaN become 0.
void floats_from_halves(std::span<const std::uint16_t> halves, float scale,
                        std::span<float> singles);

// half = single * factor. Values beyond +-65504 become the largest half of their sign, infinities
// and NaN become 0; returns how many were changed that way.
std::uint64_t halves_from_floats(std::span<const float> singles, float factor,
                                 std::span<std::uint16_t> halves);

}  // namespace slicecast::recon
