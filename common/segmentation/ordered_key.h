// Integers that are ordered as the floats they are made from.
#pragma once

#include <bit>
#include <cstdint>

namespace slicecast::segmentation {

// -0 and +0 share a key. Not for NaN.
inline std::uint32_t ordered_key(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value + 0.0f);
  return (bits & 0x80000000u) != 0 ? ~bits : bits | 0x80000000u;
}

}  // namespace slicecast::segmentation
