// Reading a two-dimensional texture of half- or single-precision numbers: texels outside it are 0.
// On the host a texture is a plain image.
#pragma once

#include <cstdint>

#include "cuda/device/portable.h"

namespace slicecast::cuda {

enum class Texel : std::uint8_t { half, single };

// The handle of a simulated card's texture is the address of one of these.
struct SimulatedTexture {
  int rows = 0, columns = 0;
  Texel texel = Texel::single;
  const void* pixels = nullptr;

  float at(int row, int column) const {
    if (row < 0 || row >= rows || column < 0 || column >= columns) return 0;
    const std::int64_t i = static_cast<std::int64_t>(row) * columns + column;
    if (texel == Texel::single) return static_cast<const float*>(pixels)[i];
    return float_of_half(static_cast<const std::uint16_t*>(pixels)[i]);
  }
};

struct Texel4 {
  float left, right, below_left, below_right;
};

SLICECAST_HD const SimulatedTexture& simulated_texture(std::uint64_t handle) {
  return *reinterpret_cast<const SimulatedTexture*>(handle);
}

// The texel at (row, column), its right neighbour and the two below, in one instruction. Row and
// column are whole numbers. The middle of the four is what is asked for, so that the card's
// rounding of positions cannot choose others.
SLICECAST_HD Texel4 gather_texels(std::uint64_t texture, float row, float column) {
#if SLICECAST_ON_CARD
  const float4 four = tex2Dgather<float4>(texture, column + 1, row + 1, 0);
  return {four.w, four.z, four.x, four.y};
#else
  const SimulatedTexture& image = simulated_texture(texture);
  const int r = static_cast<int>(row), c = static_cast<int>(column);
  return {image.at(r, c), image.at(r, c + 1), image.at(r + 1, c), image.at(r + 1, c + 1)};
#endif
}

SLICECAST_HD float texel_at(std::uint64_t texture, int row, int column) {
  return gather_texels(texture, static_cast<float>(row), static_cast<float>(column)).left;
}

// Interpolated by the card with 8 bits of fraction; positions count from the middle of texel (0,0).
SLICECAST_HD float filtered_texel(std::uint64_t texture, float row, float column) {
#if SLICECAST_ON_CARD
  return tex2D<float>(texture, column + 0.5F, row + 0.5F);
#else
  const SimulatedTexture& image = simulated_texture(texture);
  // Also false for numbers that are none, so that the conversions below are defined.
  if (!(row > -2 && row < 2e6F && column > -2 && column < 2e6F)) return 0;
  const float above = std::floor(row), left = std::floor(column);
  const float y = std::floor((row - above) * 256 + 0.5F) / 256;
  const float x = std::floor((column - left) * 256 + 0.5F) / 256;
  const int r = static_cast<int>(above), c = static_cast<int>(left);
  return (1 - y) * ((1 - x) * image.at(r, c) + x * image.at(r, c + 1)) +
         y * ((1 - x) * image.at(r + 1, c) + x * image.at(r + 1, c + 1));
#endif
}

}  // namespace slicecast::cuda
