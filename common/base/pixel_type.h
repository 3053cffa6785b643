// Pixel types that can arrive from a detector or a file. All little-endian in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace slicecast {

enum class PixelType : std::uint8_t { u8, u16, u32, u64, i8, i16, i32, i64, f16, f32, f64 };

// Bytes of one pixel: 1, 2, 4 or 8.
std::size_t size_of(PixelType type);

// NumPy's name ("uint16", "float32", ...), also used by recastx and array-1.0 headers.
const char* to_string(PixelType type);
std::optional<PixelType> pixel_type_from(std::string_view numpy_name);

// IEEE 754 binary16 conversions, round to nearest even; scalar, for edges and references.
// Bulk conversion is in common/recon/convert.h.
std::uint16_t half_from_float(float value);
float float_from_half(std::uint16_t bits);

}  // namespace slicecast
