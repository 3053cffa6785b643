#include <vector>

#include "common/nn/graph/reference/compute.h"

namespace slicecast::nn::reference {
namespace {

// One pair of channels, one position of the kernel: adds weight * input onto a plane of sums.
// Forward, output (r, c) reads input (r * stride - begin + i * dilation, ...); transposed, input
// and output change roles.
struct Planes {
  const Window& window;
  std::int64_t in_rows, in_columns, out_rows, out_columns;

  void forward(const float* in, double weight, std::int64_t i, std::int64_t j, double* sums) const {
    for (std::int64_t r = 0; r < out_rows; ++r) {
      const std::int64_t y = r * window.stride[0] - window.begin[0] + i * window.dilation[0];
      if (y < 0 || y >= in_rows) continue;
      for (std::int64_t c = 0; c < out_columns; ++c) {
        const std::int64_t x = c * window.stride[1] - window.begin[1] + j * window.dilation[1];
        if (x >= 0 && x < in_columns)
          sums[r * out_columns + c] += weight * static_cast<double>(in[y * in_columns + x]);
      }
    }
  }
  void scatter(const float* in, double weight, std::int64_t i, std::int64_t j, double* sums) const {
    for (std::int64_t y = 0; y < in_rows; ++y) {
      const std::int64_t r = y * window.stride[0] - window.begin[0] + i * window.dilation[0];
      if (r < 0 || r >= out_rows) continue;
      for (std::int64_t x = 0; x < in_columns; ++x) {
        const std::int64_t c = x * window.stride[1] - window.begin[1] + j * window.dilation[1];
        if (c >= 0 && c < out_columns)
          sums[r * out_columns + c] += weight * static_cast<double>(in[y * in_columns + x]);
      }
    }
  }
};

}  // namespace

void convolve(const Convolution& op, Floats input, Array<float> output) {
  const Shape &in = *input.shape, &out = *output.shape;
  const Planes planes{op.window, in[2], in[3], out[2], out[3]};
  const std::int64_t in_plane = in[2] * in[3], out_plane = out[2] * out[3];
  const std::int64_t in_group = in[1] / op.groups, out_group = out[1] / op.groups;
  const std::int64_t taps = op.window.kernel[0] * op.window.kernel[1];
  const auto weights = op.weights->floats();
  std::vector<double> sums(static_cast<std::size_t>(out_plane));
  for (std::int64_t n = 0; n < out[0]; ++n)
    for (std::int64_t k = 0; k < out[1]; ++k) {
      sums.assign(sums.size(), op.bias ? op.bias->floats()[static_cast<std::size_t>(k)] : 0.0F);
      const std::int64_t group = k / out_group;
      for (std::int64_t c = 0; c < in_group; ++c) {
        const std::int64_t channel = group * in_group + c;
        const float* plane = input.values + (n * in[1] + channel) * in_plane;
        const std::int64_t first = op.transposed ? (channel * out_group + k % out_group) * taps
                                                 : (k * in_group + c) * taps;
        for (std::int64_t tap = 0; tap < taps; ++tap) {
          const double weight = weights[static_cast<std::size_t>(first + tap)];
          const std::int64_t i = tap / op.window.kernel[1], j = tap % op.window.kernel[1];
          if (op.transposed)
            planes.scatter(plane, weight, i, j, sums.data());
          else
            planes.forward(plane, weight, i, j, sums.data());
        }
      }
      float* to = output.values + (n * out[1] + k) * out_plane;
      for (std::int64_t p = 0; p < out_plane; ++p)
        to[p] = static_cast<float>(sums[static_cast<std::size_t>(p)]);
      apply(op.activation, {to, static_cast<std::size_t>(out_plane)});
    }
}

}  // namespace slicecast::nn::reference
