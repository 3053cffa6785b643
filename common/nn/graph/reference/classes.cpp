#include <algorithm>
#include <cmath>
#include <limits>

#include "common/nn/graph/reference/compute.h"

namespace slicecast::nn::reference {

void softmax(const Softmax& op, Floats input, Array<float> output) {
  for (std::int64_t o = 0; o < op.outer; ++o)
    for (std::int64_t i = 0; i < op.inner; ++i) {
      const std::int64_t first = o * op.count * op.inner + i;
      float greatest = -std::numeric_limits<float>::infinity();
      for (std::int64_t k = 0; k < op.count; ++k)
        greatest = std::max(greatest, input.values[first + k * op.inner]);
      double sum = 0;
      const auto above = [&](std::int64_t k) {
        return static_cast<double>(input.values[first + k * op.inner]) -
               static_cast<double>(greatest);
      };
      for (std::int64_t k = 0; k < op.count; ++k) sum += std::exp(above(k));
      for (std::int64_t k = 0; k < op.count; ++k)
        output.values[first + k * op.inner] =
            static_cast<float>(op.logarithm ? above(k) - std::log(sum) : std::exp(above(k)) / sum);
    }
}

void arg_max(const ArgMax& op, Floats input, Array<float> output) {
  for (std::int64_t o = 0; o < op.outer; ++o)
    for (std::int64_t i = 0; i < op.inner; ++i) {
      const float* values = input.values + o * op.count * op.inner + i;
      std::int64_t best = 0;
      for (std::int64_t k = 1; k < op.count; ++k) {
        const float value = values[k * op.inner], least = values[best * op.inner];
        if (value > least || (op.last && value == least)) best = k;
      }
      output.values[o * op.inner + i] = static_cast<float>(best);
    }
}

void multiply(const Gemm& op, std::span<const Floats> inputs, Array<float> output) {
  const Shape &a = *inputs[0].shape, &b = *inputs[1].shape, &out = *output.shape;
  const std::int64_t depth = a[op.transpose_a ? 0 : 1];
  const std::int64_t a_row = op.transpose_a ? 1 : a[1], a_step = op.transpose_a ? a[1] : 1;
  const std::int64_t b_column = op.transpose_b ? b[1] : 1, b_step = op.transpose_b ? 1 : b[1];
  for (std::int64_t r = 0; r < out[0]; ++r)
    for (std::int64_t c = 0; c < out[1]; ++c) {
      double sum = 0;
      for (std::int64_t k = 0; k < depth; ++k)
        sum += static_cast<double>(inputs[0].values[r * a_row + k * a_step]) *
               static_cast<double>(inputs[1].values[c * b_column + k * b_step]);
      output.values[r * out[1] + c] = static_cast<float>(static_cast<double>(op.alpha) * sum);
    }
  if (inputs.size() < 3) return;
  const Shape& added = *inputs[2].shape;
  const std::int64_t rows = added.size() == 2 ? added[0] : 1;
  const std::int64_t columns = added.empty() ? 1 : added.back();
  for (std::int64_t r = 0; r < out[0]; ++r)
    for (std::int64_t c = 0; c < out[1]; ++c)
      output.values[r * out[1] + c] +=
          op.beta * inputs[2].values[(rows == 1 ? 0 : r * columns) + (columns == 1 ? 0 : c)];
}

}  // namespace slicecast::nn::reference
