// NumPy's .npy format, version 1.0 (numpy/lib/format.py): reading, for references and masks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/base/pixel_type.h"

namespace slicecast::io {

struct NpyArray {
  PixelType type = PixelType::f32;
  std::vector<std::uint64_t> shape;  // C order, slowest first
  std::vector<std::byte> values;     // little-endian

  // Every value, for arrays of any type.
  std::vector<float> as_float() const;
  std::vector<double> as_double() const;
};

// C-ordered little-endian arrays of versions 1.0 to 3.0 whose size matches their header.
Result<NpyArray> read_npy(const std::filesystem::path& path);

// The whole header, padded so that the values start at a multiple of 64 bytes.
std::string npy_header(PixelType type, const std::vector<std::uint64_t>& shape);

}  // namespace slicecast::io
