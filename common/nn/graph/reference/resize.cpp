#include <algorithm>
#include <cmath>
#include <vector>

#include "common/nn/graph/reference/compute.h"

namespace slicecast::nn::reference {
namespace {

// Where output position `at` lies in the input (ONNX operator specification, Resize).
double source_of(const Resize& op, std::int64_t at, std::int64_t in, std::int64_t out,
                 double scale) {
  const auto x = static_cast<double>(at);
  switch (op.coordinates) {
    case Resize::Coordinates::half_pixel: return (x + 0.5) / scale - 0.5;
    case Resize::Coordinates::torch_half_pixel: return out > 1 ? (x + 0.5) / scale - 0.5 : 0;
    case Resize::Coordinates::asymmetric: return x / scale;
    case Resize::Coordinates::align_corners:
      return out > 1 ? x * static_cast<double>(in - 1) / static_cast<double>(out - 1) : 0;
  }
  return x;
}

double rounded(Resize::Rounding rounding, double x) {
  switch (rounding) {
    case Resize::Rounding::floor: return std::floor(x);
    case Resize::Rounding::ceil: return std::ceil(x);
    case Resize::Rounding::prefer_floor: return std::ceil(x - 0.5);
    case Resize::Rounding::prefer_ceil: return std::floor(x + 0.5);
  }
  return x;
}

// Two neighbours along one dimension and the share of the second.
struct Sample {
  std::int64_t first, second;
  double share;
};

std::vector<Sample> samples(const Resize& op, std::int64_t in, std::int64_t out, double scale) {
  std::vector<Sample> all;
  const auto last = static_cast<double>(in - 1);
  for (std::int64_t at = 0; at < out; ++at) {
    double x = source_of(op, at, in, out, scale);
    if (op.mode == Resize::Mode::nearest) x = rounded(op.rounding, x);
    x = std::clamp(x, 0.0, last);
    const auto first = static_cast<std::int64_t>(x);
    all.push_back({first, std::min(first + 1, in - 1), x - static_cast<double>(first)});
  }
  return all;
}

}  // namespace

void resize(const Resize& op, Floats input, Array<float> output) {
  const Shape &in = *input.shape, &out = *output.shape;
  const auto rows = samples(op, in[2], out[2], op.scale[0]);
  const auto columns = samples(op, in[3], out[3], op.scale[1]);
  float* to = output.values;
  for (std::int64_t plane = 0; plane < out[0] * out[1]; ++plane) {
    const float* from = input.values + plane * in[2] * in[3];
    for (const Sample& y : rows) {
      const float *upper = from + y.first * in[3], *lower = from + y.second * in[3];
      for (const Sample& x : columns) {
        const double top = upper[x.first] + x.share * (static_cast<double>(upper[x.second]) -
                                                       static_cast<double>(upper[x.first]));
        const double bottom = lower[x.first] + x.share * (static_cast<double>(lower[x.second]) -
                                                          static_cast<double>(lower[x.first]));
        *to++ = static_cast<float>(top + y.share * (bottom - top));
      }
    }
  }
}

}  // namespace slicecast::nn::reference
