// Pixel arithmetic of the cpu processor on rows, compiled per instruction set, chosen at run time.
// A *work row* is 64-byte aligned memory that reaches to the next multiple of kRowUnit; what lies
// beyond `count` is garbage before and after. Other pointers need no alignment.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/base/pixel_type.h"

namespace slicecast::recon::kernels {

constexpr std::size_t kRowUnit = 64;  // floats; no vector is longer than this
inline std::size_t row_stride(std::size_t count) {
  return (count + kRowUnit - 1) / kRowUnit * kRowUnit;
}

// Contiguous pixels of any type to floats.
void widen_row(const void* pixels, PixelType type, std::size_t count, float* out);

// row = (row - dark) * reciprocal * scale.
void normalise_row(float* row, std::size_t count, const float* dark, const float* reciprocal,
                   float scale);

// Infinities and NaN become `substitute`, also up to one vector beyond `count`. Returns how many
// within `count`.
std::uint64_t replace_non_finite(float* row, std::size_t count, float substitute);

// Work row = -log(row), values below `least` and non-finite ones taken as `least`. Returns how
// many.
std::uint64_t log_row(float* row, std::size_t count, float least);

// Values of `here` above their 3x3 median by the factor become the median. The three rows start one
// column to the left of `out`; reads and writes up to one vector beyond. Returns how many.
std::uint64_t zinger_row(const float* above, const float* here, const float* below,
                         std::size_t count, float factor, float* out);

void subtract_row(float* row, std::size_t count, const float* other);

// Weights of one frame: value * redundancy[c], cone: / sqrt(1 + slope_u2[c] + slope_v2), slopes
// being the distances from the principal point over SDD, squared.
struct RowWeights {
  const float* redundancy;  // work rows
  const float* slope_u2;    // null: parallel beam
};
// Complex row from work rows: even floats a weighted, odd floats b weighted; b null: zeros.
void pack_weighted(const float* a, const float* b, std::size_t count, const RowWeights& weights,
                   float slope_v2_a, float slope_v2_b, float* out);
void unpack(const float* complex_row, std::size_t count, float* a, float* b);  // b may be null

// values *= factors; both aligned, `count` a multiple of 4.
void multiply(float* values, const float* factors, std::size_t count);

}  // namespace slicecast::recon::kernels
