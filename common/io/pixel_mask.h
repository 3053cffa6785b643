// Masks of detector pixels from files: which pixels are bad.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/error.h"

namespace slicecast::io {

// [row][column], 1: marked.
struct PixelMask {
  int rows = 0, columns = 0;
  std::vector<std::uint8_t> marked;
};

// `file`: .npy, .tif, .png (one channel; colours count by their grey) or a dataset of HDF5 as
// "FILE.h5:/PATH". Two dimensions; what is not zero is marked, also what is not a number. Row 0
// comes first.
Result<PixelMask> read_pixel_mask(const std::string& file);

}  // namespace slicecast::io
