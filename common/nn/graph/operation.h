// What a step of a plan computes: one plain descriptor per operator, with every size, pad and index
// already resolved for the plan's shapes and known to be in range. Spatial operators are
// two-dimensional, {1, channels, rows, columns}; index 0 of a pair is rows, 1 columns.
#pragma once

#include <array>
#include <cstdint>
#include <variant>
#include <vector>

#include "common/nn/graph/graph.h"
#include "common/nn/graph/tensor.h"

namespace slicecast::nn {

using Pair = std::array<std::int64_t, 2>;

struct Window {
  Pair kernel{1, 1}, stride{1, 1}, dilation{1, 1};
  Pair begin{0, 0}, end{0, 0};  // padding before and behind; may be negative in a transposed one
};

// out(k) = bias(k) + sum over the channels of its group; weights {outputs, inputs / groups, rows,
// columns}, or transposed {inputs, outputs / groups, rows, columns}. Then the activation.
struct Convolution {
  Window window;
  std::int64_t groups = 1;
  bool transposed = false;
  TensorPtr weights, bias;  // bias: null if there is none
  Activation activation;
};

struct Pooling {
  enum class Kind : std::uint8_t { maximum, average } kind = Kind::maximum;
  Window window;
  bool count_pads = false;  // average: padding counts as zeros; what ceil_mode adds never counts
};

struct GlobalAverage {};  // over all dimensions behind the channels

struct Elementwise {
  Activation activation;
};

struct Binary {
  enum class Kind : std::uint8_t { add, subtract, multiply, divide } kind = Kind::add;
};

// y = x * scale + shift per channel (dimension 1).
struct Normalization {
  std::vector<float> scale, shift;
};

struct Concat {
  std::size_t axis = 1;
};

struct Resize {
  enum class Mode : std::uint8_t { nearest, linear } mode = Mode::nearest;
  enum class Coordinates : std::uint8_t { half_pixel, torch_half_pixel, align_corners, asymmetric };
  enum class Rounding : std::uint8_t { prefer_floor, prefer_ceil, floor, ceil };
  Coordinates coordinates = Coordinates::half_pixel;
  Rounding rounding = Rounding::prefer_floor;
  std::array<double, 2> scale{1, 1};  // output size / input size, as the file says it
};

struct Pad {
  enum class Mode : std::uint8_t { constant, reflect, edge } mode = Mode::constant;
  std::vector<std::int64_t> begin;  // per dimension; negative ones crop
  float value = 0;
};

struct Slice {
  std::vector<std::int64_t> start, step;  // per dimension
};

struct Gather {
  std::size_t axis = 0;
  std::vector<std::int64_t> indices;
};

struct Reshape {};  // the same elements in the same order

struct Transpose {
  std::vector<std::size_t> permutation;  // output dimension d is input dimension permutation[d]
};

// Over `count` elements that lie `inner` apart, `outer` times.
struct Softmax {
  std::int64_t outer = 1, count = 1, inner = 1;
  bool logarithm = false;
};

struct ArgMax {
  std::int64_t outer = 1, count = 1, inner = 1;
  bool last = false;  // among equals; else the first
};

// alpha * A * B (+ beta * C, broadcast), A and B transposed on request.
struct Gemm {
  bool transpose_a = false, transpose_b = false;
  float alpha = 1, beta = 1;
};

struct Cast {
  bool integral = false;  // cut towards zero
};
struct Floor {};

// The value is known from the shapes alone.
struct Known {
  TensorPtr value;
};

using Operation = std::variant<Convolution, Pooling, GlobalAverage, Elementwise, Binary,
                               Normalization, Concat, Resize, Pad, Slice, Gather, Reshape,
                               Transpose, Softmax, ArgMax, Gemm, Cast, Floor, Known>;

const char* name_of(const Operation& operation);  // "convolution"

// Multiplications of two of the operation's numbers, each with its addition; 0 where only memory
// is moved. `first` is the shape of the first input.
double multiply_adds(const Operation& operation, const Shape& first, const Shape& output);

}  // namespace slicecast::nn
