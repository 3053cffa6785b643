// Filtered projections into the layouts of image_layout.h: from rows of numbers as they come, or as
// 2x2 averages of a stored image (odd last rows and columns over what there is). Border zeros are
// written too. And back to plain rows, for tests and exports.
#pragma once

#include <cstdint>

#include "cuda/device/kernel.h"
#include "cuda/kernels/image_layout.h"

namespace slicecast::cuda {

// Rows of numbers in the card's memory; `factor` (a power of two) makes them stored numbers. What
// is not finite becomes 0, what is beyond half precision its largest, if `half`.
template <class Number>
struct PixelSource {
  const Number* numbers = nullptr;
  std::int64_t pitch = 0;  // numbers from row to row
  int rows = 0, columns = 0;
  float factor = 1;
  bool half = false;
  unsigned long long* clipped = nullptr;  // counts both; may be null

  SLICECAST_HD float stored(int row, int column, bool counts) const {
    if (row < 0 || row >= rows || column < 0 || column >= columns) return 0;
    constexpr float kLargestHalf = 65504.0F;
    const float value = float_of(load_once(numbers + row * pitch + column)) * factor;
    const float size = value < 0 ? -value : value;
    float kept = value;
    if (!(size <= 3.402823466e38F)) {
      kept = 0;
    } else if (half && size > kLargestHalf) {
      kept = value < 0 ? -kLargestHalf : kLargestHalf;
    } else {
      return value;
    }
    if (counts && clipped != nullptr) add_atomically(clipped, 1ULL);
    return kept;
  }
};

// Averages of a stored image.
template <class Reader>
struct HalvedSource {
  ImagePlace image;  // of the larger one
  int rows = 0, columns = 0;

  SLICECAST_HD float stored(int row, int column, bool) const {
    if (row < 0 || row >= rows || column < 0 || column >= columns) return 0;
    float sum = 0;
    int count = 0;
    for (int r = 2 * row; r < 2 * row + 2 && r < image.rows; ++r) {
      for (int c = 2 * column; c < 2 * column + 2 && c < image.columns; ++c) {
        sum += Reader::pixel(image, r, c);
        ++count;
      }
    }
    return sum / static_cast<float>(count);
  }
};

struct TextureReader {
  SLICECAST_HD static float pixel(const ImagePlace& image, int row, int column) {
    return texel_at(image.pixels, row, column);
  }
};

// RowLayout: a thread per number, zeros around included.
template <class Source, class Value>
struct FillRows {
  Source source;
  Value* to;
  int pitch;

  static std::size_t threads_for(int rows, int columns) {
    return RowLayout<Value>::numbers_for(rows, columns);
  }
  SLICECAST_HD void operator()(const Thread& t) const {
    const std::size_t i = t.in_grid();
    const int row = static_cast<int>(i / static_cast<std::size_t>(pitch)) - 1;
    const int column = static_cast<int>(i % static_cast<std::size_t>(pitch)) - 1;
    if (row <= source.rows) to[i] = stored_of<Value>(source.stored(row, column, true));
  }
};

// QuadLayout: a thread per quad.
template <class Source, class Value>
struct FillQuads {
  using Quad = typename QuadLayout<Value>::Quad;
  Source source;
  Quad* to;
  int pitch;

  static std::size_t threads_for(int rows, int columns) {
    return QuadLayout<Value>::numbers_for(rows, columns) / 4;
  }
  SLICECAST_HD void operator()(const Thread& t) const {
    const std::size_t i = t.in_grid(), tile = i / 16;
    const int row = static_cast<int>(tile / static_cast<std::size_t>(pitch)) * 4 +
                    static_cast<int>(i % 16) / 4 - 1;
    const int column =
        static_cast<int>(tile % static_cast<std::size_t>(pitch)) * 4 + static_cast<int>(i % 4) - 1;
    if (row >= (source.rows + 4) / 4 * 4 - 1) return;
    // Each pixel is counted once, as the first of its quad.
    to[i] = Quad{stored_of<Value>(source.stored(row, column, true)),
                 stored_of<Value>(source.stored(row, column + 1, false)),
                 stored_of<Value>(source.stored(row + 1, column, false)),
                 stored_of<Value>(source.stored(row + 1, column + 1, false))};
  }
};

// Rows without anything around, which are copied into a texture.
template <class Source, class Value>
struct FillPlain {
  Source source;
  Value* to;

  static std::size_t threads_for(int rows, int columns) {
    return static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
  }
  SLICECAST_HD void operator()(const Thread& t) const {
    const std::size_t i = t.in_grid();
    const int row = static_cast<int>(i / static_cast<std::size_t>(source.columns));
    const int column = static_cast<int>(i % static_cast<std::size_t>(source.columns));
    if (row < source.rows) to[i] = stored_of<Value>(source.stored(row, column, true));
  }
};

template <class Reader>
struct ExportPixels {
  ImagePlace image;
  float* to;  // rows x columns

  SLICECAST_HD void operator()(const Thread& t) const {
    const std::size_t i = t.in_grid();
    const int row = static_cast<int>(i / static_cast<std::size_t>(image.columns));
    const int column = static_cast<int>(i % static_cast<std::size_t>(image.columns));
    if (row < image.rows) to[i] = Reader::pixel(image, row, column);
  }
};

}  // namespace slicecast::cuda
