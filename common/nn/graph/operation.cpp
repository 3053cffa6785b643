#include "common/nn/graph/operation.h"

namespace slicecast::nn {
namespace {

double count(const Shape& shape) {
  double product = 1;
  for (const auto extent : shape) product *= static_cast<double>(extent);
  return product;
}

struct Work {
  const Shape& first;
  const Shape& output;

  double operator()(const Convolution& op) const {
    // Every weight meets every pixel of the output, or of the input where it is scattered.
    const Shape& pixels = op.transposed ? first : output;
    const double per_pixel = count(op.weights->shape);
    return per_pixel * static_cast<double>(pixels[2]) * static_cast<double>(pixels[3]);
  }
  double operator()(const Gemm& op) const {
    return count(output) * static_cast<double>(first[op.transpose_a ? 0 : 1]);
  }
  double operator()(const Pooling& op) const {
    return count(output) * static_cast<double>(op.window.kernel[0]) *
           static_cast<double>(op.window.kernel[1]);
  }
  double operator()(const Normalization&) const { return count(output); }
  double operator()(const Binary&) const { return count(output); }
  double operator()(const Elementwise&) const { return count(output); }
  double operator()(const Softmax&) const { return count(output); }
  double operator()(const ArgMax&) const { return count(first); }
  double operator()(const GlobalAverage&) const { return count(first); }
  double operator()(const Resize& op) const {
    return op.mode == Resize::Mode::linear ? 4 * count(output) : 0;
  }
  template <class Other>
  double operator()(const Other&) const {
    return 0;
  }
};

}  // namespace

const char* name_of(const Operation& operation) {
  static constexpr const char* kNames[] = {
      "convolution",   "pooling", "global average", "elementwise", "binary",
      "normalization", "concat",  "resize",         "pad",         "slice",
      "gather",        "reshape", "transpose",      "softmax",     "arg max",
      "gemm",          "cast",    "floor",          "known"};
  static_assert(std::size(kNames) == std::variant_size_v<Operation>);
  if (const auto* conv = std::get_if<Convolution>(&operation); conv != nullptr && conv->transposed)
    return "transposed convolution";
  return kNames[operation.index()];
}

double multiply_adds(const Operation& operation, const Shape& first, const Shape& output) {
  return std::visit(Work{first, output}, operation);
}

}  // namespace slicecast::nn
