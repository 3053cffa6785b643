// What the processing kernels do to one pixel; mirrors common/recon/reference/processor.cpp.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/base/pixel_type.h"
#include "cuda/device/kernel.h"

namespace slicecast::cuda {

inline constexpr int kMostFrames = 64;  // of one launch

// Counted per frame, within the region; read by the host after the launch.
struct FrameTally {
  unsigned clamped = 0, zingers = 0;
  unsigned clipped = 0;  // filtered values that half precision does not hold, or not finite
  unsigned unused = 0;
};

SLICECAST_HD bool is_finite(float value) {
  return value - value == 0.0F;
}

inline constexpr float kLogarithmOf2 = 0.693147181F;

// To the base 2, of numbers that are not denormal: to 2^-20.9 for x between 1/2 and 2, to 2 ulp
// elsewhere, a hundredth of what raw counts resolve. One instruction; with denormal numbers four.
SLICECAST_HD float binary_logarithm(float x) {
#if SLICECAST_ON_CARD
  float result;
  asm("lg2.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(x));
  return result;
#else
  return std::log2(x);
#endif
}

// x^(-1/2) of numbers that are not denormal.
SLICECAST_HD float reciprocal_root(float x) {
#if SLICECAST_ON_CARD
  float result;
  asm("rsqrt.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(x));
  return result;
#else
  return 1.0F / std::sqrt(x);
#endif
}

SLICECAST_HD float bits_as_float(std::uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}
SLICECAST_HD std::uint32_t float_as_bits(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

// Pixel `index` of a raw frame of any type.
SLICECAST_HD float raw_pixel(const void* raw, PixelType type, std::ptrdiff_t index) {
  switch (type) {
    case PixelType::u8: return static_cast<float>(static_cast<const std::uint8_t*>(raw)[index]);
    case PixelType::u16: return static_cast<float>(static_cast<const std::uint16_t*>(raw)[index]);
    case PixelType::u32: return static_cast<float>(static_cast<const std::uint32_t*>(raw)[index]);
    case PixelType::u64: return static_cast<float>(static_cast<const std::uint64_t*>(raw)[index]);
    case PixelType::i8: return static_cast<float>(static_cast<const std::int8_t*>(raw)[index]);
    case PixelType::i16: return static_cast<float>(static_cast<const std::int16_t*>(raw)[index]);
    case PixelType::i32: return static_cast<float>(static_cast<const std::int32_t*>(raw)[index]);
    case PixelType::i64: return static_cast<float>(static_cast<const std::int64_t*>(raw)[index]);
    case PixelType::f16: return float_of_half(static_cast<const std::uint16_t*>(raw)[index]);
    case PixelType::f32: return static_cast<const float*>(raw)[index];
    case PixelType::f64: return static_cast<float>(static_cast<const double*>(raw)[index]);
  }
  return 0;
}

// Of one pixel, loaded at once.
struct alignas(8) Correction {
  float dark, reciprocal;
};

// Raw frames on the card, one every `frame_bytes`, and how they become transmissions:
// (raw - dark) * reciprocal * air. A reciprocal of 0 marks a bad pixel; its `dark` holds, as bits,
// the place of its interpolated value among those of the frame in `patched` (PatchBadPixels).
struct RawFrames {
  const unsigned char* pixels = nullptr;
  std::size_t frame_bytes = 0;
  PixelType type = PixelType::u16;
  int columns = 0;  // upright
  // Element at upright (row, column): origin + row * row_step + column * column_step.
  int origin = 0, row_step = 0, column_step = 1;
  const Correction* corrections = nullptr;  // upright; null: raw pixels are what is wanted
  const float* air = nullptr;               // per frame, null: 1
  const float* patched = nullptr;           // per frame and bad pixel
  int bad_pixels = 0;
  float substitute = 0;  // for what is not finite

  SLICECAST_HD const void* frame(int index) const { return pixels + index * frame_bytes; }

  // May be non-finite.
  SLICECAST_HD float measured(int frame_index, int row, int column) const {
    const float raw = raw_pixel(frame(frame_index), type,
                                origin + std::ptrdiff_t{row} * row_step + column * column_step);
    if (corrections == nullptr) return raw;
    return transmission(raw, frame_index, row * columns + column);
  }

  // `pixel`: upright, row * columns + column.
  SLICECAST_HD float transmission(float raw, int frame_index, int pixel) const {
    const Correction by = load_once(corrections + pixel);
    if (by.reciprocal == 0)
      return patched[static_cast<std::size_t>(frame_index) * bad_pixels + float_as_bits(by.dark)];
    const float value = (raw - by.dark) * by.reciprocal;
    return air == nullptr ? value : value * air[frame_index];
  }
};

// How transmissions become line integrals.
struct Logarithm {
  bool linear = false;  // they are line integrals already
  float least = 1e-6F;  // what is below or not finite becomes this, counted; not denormal

  SLICECAST_HD float operator()(float value, unsigned& clamped) const {
    if (linear) {
      if (is_finite(value)) return value;
      ++clamped;
      return 0;
    }
    return of_transmission(value, clamped);
  }
  SLICECAST_HD float of_transmission(float value, unsigned& clamped) const {
    const bool held = holds(value);
    clamped += held ? 0 : 1;
    return -kLogarithmOf2 * binary_logarithm(held ? value : least);
  }
  // Finite and not below `least`. Bits of positive numbers rise with them; those of all others come
  // after, at a distance.
  SLICECAST_HD bool holds(float value) const {
    constexpr std::uint32_t kLargest = 0x7F7FFFFF;
    const std::uint32_t lowest = float_as_bits(least);
    return float_as_bits(value) - lowest <= kLargest - lowest;
  }
};

// Which pixels of the upright detector become the line image.
struct LineArea {
  int row = 0, column = 0;    // of the upright detector
  int rows = 0, columns = 0;  // of lines
  int binning = 1;
  SLICECAST_HD bool holds(int upright_row, int upright_column) const {
    return upright_row >= row && upright_row < row + rows * binning && upright_column >= column &&
           upright_column < column + columns * binning;
  }
};

// Numbers per thread that all blocks add to one tally.
SLICECAST_HD void count(unsigned* tally, unsigned by) {
  if (by != 0) add_atomically(tally, by);
}

}  // namespace slicecast::cuda
