#include <algorithm>
#include <limits>

#include "common/nn/graph/reference/compute.h"

namespace slicecast::nn::reference {
namespace {

struct Pooled {
  const Pooling& op;
  const float* plane;
  std::int64_t rows, columns;

  float at(std::int64_t r, std::int64_t c) const {
    const Window& window = op.window;
    const std::int64_t top = r * window.stride[0] - window.begin[0];
    const std::int64_t left = c * window.stride[1] - window.begin[1];
    double sum = 0;
    float greatest = -std::numeric_limits<float>::infinity();
    std::int64_t inside = 0, counted = 0;
    for (std::int64_t i = 0; i < window.kernel[0]; ++i)
      for (std::int64_t j = 0; j < window.kernel[1]; ++j) {
        const std::int64_t y = top + i * window.dilation[0], x = left + j * window.dilation[1];
        // What ceil_mode adds behind the padding belongs to no average.
        counted += y < rows + window.end[0] && x < columns + window.end[1] ? 1 : 0;
        if (y < 0 || y >= rows || x < 0 || x >= columns) continue;
        const float value = plane[y * columns + x];
        greatest = std::max(greatest, value);
        sum += static_cast<double>(value);
        ++inside;
      }
    if (op.kind == Pooling::Kind::maximum) return greatest;
    const std::int64_t share = op.count_pads ? counted : inside;
    return share == 0 ? 0.0F : static_cast<float>(sum / static_cast<double>(share));
  }
};

}  // namespace

void pool(const Pooling& op, Floats input, Array<float> output) {
  const Shape &in = *input.shape, &out = *output.shape;
  for (std::int64_t plane = 0; plane < out[0] * out[1]; ++plane) {
    const Pooled pooled{op, input.values + plane * in[2] * in[3], in[2], in[3]};
    float* to = output.values + plane * out[2] * out[3];
    for (std::int64_t r = 0; r < out[2]; ++r)
      for (std::int64_t c = 0; c < out[3]; ++c) *to++ = pooled.at(r, c);
  }
}

void average_all(Floats input, Array<float> output) {
  const Shape& in = *input.shape;
  const std::int64_t pixels = in[2] * in[3];
  for (std::int64_t plane = 0; plane < in[0] * in[1]; ++plane) {
    double sum = 0;
    for (std::int64_t p = 0; p < pixels; ++p)
      sum += static_cast<double>(input.values[plane * pixels + p]);
    output.values[plane] = static_cast<float>(sum / static_cast<double>(pixels));
  }
}

}  // namespace slicecast::nn::reference
