// How filtered projections lie in a card's memory, and how the four pixels around a point are read
// from each layout. Pixels outside the image are 0 in all of them, without a test: down to row and
// column -1 and up to rows() and columns().
#pragma once

#include <cstdint>

#include "cuda/device/portable.h"
#include "cuda/device/texture.h"

namespace slicecast::cuda {

enum class Layout : std::uint8_t { rows, quads, texture };

// Where an image is. `pixels`: address of its first number, or the texture's handle.
struct ImagePlace {
  std::uint64_t pixels = 0;
  int rows = 0, columns = 0;
  int pitch = 0;  // rows: numbers from row to row; quads: tiles of a row of tiles
};

template <class Value>
SLICECAST_HD float float_of(Value value) {
  if constexpr (sizeof(Value) == 2) {
    return float_of_half(value);
  } else {
    return value;
  }
}
template <class Value>
SLICECAST_HD Value stored_of(float value) {
  if constexpr (sizeof(Value) == 2) {
    return half_of_float(value);
  } else {
    return value;
  }
}

// The pixel at (row, column), its right neighbour, and the two below.
struct Neighbours {
  float left, right, below_left, below_right;

  // x, y: how far the point lies from the first pixel, 0 to 1.
  SLICECAST_HD float at(float x, float y) const {
    const float above = multiply_add(x, right - left, left);
    const float below = multiply_add(x, below_right - below_left, below_left);
    return multiply_add(y, below - above, above);
  }
};

// Rows of numbers, one zero on every side.
template <class Value>
struct RowLayout {
  static constexpr int kAlignment = 64 / static_cast<int>(sizeof(Value));
  static constexpr int pitch_for(int columns) {
    return (columns + 2 + kAlignment - 1) / kAlignment * kAlignment;
  }
  static constexpr std::size_t numbers_for(int rows, int columns) {
    return static_cast<std::size_t>(rows + 2) * static_cast<std::size_t>(pitch_for(columns));
  }
  SLICECAST_HD static const Value* address(const ImagePlace& image, int row, int column) {
    return reinterpret_cast<const Value*>(image.pixels) +
           (static_cast<std::int64_t>(row + 1) * image.pitch + (column + 1));
  }
  SLICECAST_HD static float pixel(const ImagePlace& image, int row, int column) {
    return float_of(load_once(address(image, row, column)));
  }
  SLICECAST_HD static Neighbours around(const ImagePlace& image, int row, int column) {
    const Value* const above = address(image, row, column);
    const Value* const below = above + image.pitch;
    return {float_of(load_once(above)), float_of(load_once(above + 1)), float_of(load_once(below)),
            float_of(load_once(below + 1))};
  }
};

template <class Value>
struct QuadOf;
template <>
struct QuadOf<std::uint16_t> {
  using Type = Half4;
};
template <>
struct QuadOf<float> {
  using Type = Float4;
};

// For every pixel from (-1, -1) on, the four that interpolation needs, side by side; in tiles of
// 4x4, so that a cache line holds a neighbourhood whichever way points run over the detector.
template <class Value>
struct QuadLayout {
  using Quad = typename QuadOf<Value>::Type;
  static constexpr int kSide = 4;
  static constexpr int pitch_for(int columns) { return (columns + 1 + kSide - 1) / kSide; }
  static constexpr std::size_t numbers_for(int rows, int columns) {
    return static_cast<std::size_t>((rows + 1 + kSide - 1) / kSide) *
           static_cast<std::size_t>(pitch_for(columns)) * kSide * kSide * 4;
  }
  SLICECAST_HD static std::int64_t index(const ImagePlace& image, int row, int column) {
    const int r = row + 1, c = column + 1;
    const std::int64_t tile = static_cast<std::int64_t>(r >> 2) * image.pitch + (c >> 2);
    return tile * (kSide * kSide) + ((r & 3) << 2 | (c & 3));
  }
  SLICECAST_HD static const Quad* address(const ImagePlace& image, int row, int column) {
    return reinterpret_cast<const Quad*>(image.pixels) + index(image, row, column);
  }
  SLICECAST_HD static float pixel(const ImagePlace& image, int row, int column) {
    return float_of(load_once(address(image, row, column)).x);
  }
  SLICECAST_HD static Neighbours around(const ImagePlace& image, int row, int column) {
    const Quad quad = load_once(address(image, row, column));
    return {float_of(quad.x), float_of(quad.y), float_of(quad.z), float_of(quad.w)};
  }
};

// Adding this to a float of magnitude below 2^22 rounds it to a whole number, which then stands in
// the low bits: conversions between floats and integers run at a quarter of the rate.
inline constexpr float kRounder = 12582912.0F;  // 1.5 * 2^23

SLICECAST_HD float rounded(float x) {
  return (x + kRounder) - kRounder;
}
SLICECAST_HD int whole_of(float whole) {
  const float shifted = whole + kRounder;
  std::int32_t bits;
  std::memcpy(&bits, &shifted, sizeof bits);
  return bits - 0x4B400000;
}

// How backprojection reads an image at (row + y, column + x), row and column whole numbers and y
// and x from 0 to 1. Outside the image the value is 0; kTests: only if who calls sees to it that -1
// <= row < rows and -1 <= column < columns.
template <class ImageLayout>
struct MemorySampler {
  static constexpr bool kTests = true;
  SLICECAST_HD static float fetch(const ImagePlace& image, float row, float column, float y,
                                  float x) {
    return ImageLayout::around(image, whole_of(row), whole_of(column)).at(x, y);
  }
};

struct GatherSampler {
  static constexpr bool kTests = false;
  SLICECAST_HD static float fetch(const ImagePlace& image, float row, float column, float y,
                                  float x) {
    const Texel4 four = gather_texels(image.pixels, row, column);
    return Neighbours{four.left, four.right, four.below_left, four.below_right}.at(x, y);
  }
};

struct FilteredSampler {
  static constexpr bool kTests = false;
  SLICECAST_HD static float fetch(const ImagePlace& image, float row, float column, float y,
                                  float x) {
    return filtered_texel(image.pixels, row + y, column + x);
  }
};

}  // namespace slicecast::cuda
