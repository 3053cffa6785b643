// Inner loops over one row of an image, compiled per instruction set. NaN and infinite values take
// no part. Pointers need no alignment; nothing is read or written beyond the row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace slicecast::segmentation::kernels {

struct RowSummary {
  std::size_t count = 0;
  float minimum = 0, maximum = 0;  // +infinity, -infinity when the row has no finite value
};
RowSummary summarise_row(std::span<const float> row);

// out = row, NaN where it is not finite or the mask (null: none) is 0.
void clean_row(std::span<const float> row, const std::uint8_t* mask, float* out);

// Bin of each value: floor((value - minimum) scale) within 0..bins-1; `bins` for NaN.
// `half_minimum` and `double_scale` are half and twice those, so that no difference overflows.
void bin_row(std::span<const float> row, float half_minimum, float double_scale, int bins,
             std::uint32_t* bin);

// Sum of value - offset and number of the values above the threshold.
struct Above {
  double sum = 0;
  std::size_t count = 0;
};
Above sum_above(std::span<const float> row, float threshold, float offset);

// 1 + the number of thresholds below the value; 0 for NaN.
void label_row(std::span<const float> row, std::span<const float> thresholds, std::uint8_t* labels);

// out[i] = sum over k of weights[k] rows[k][i], i < count.
void weighted_sum(const float* const* rows, std::span<const float> weights, std::size_t count,
                  float* out);

}  // namespace slicecast::segmentation::kernels
