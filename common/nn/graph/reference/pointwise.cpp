#include <algorithm>
#include <cmath>

#include "common/nn/graph/reference/compute.h"

namespace slicecast::nn::reference {
namespace {

template <class T>
T wrapped(Binary::Kind kind, T a, T b) {
  switch (kind) {
    case Binary::Kind::add: return a + b;
    case Binary::Kind::subtract: return a - b;
    case Binary::Kind::multiply: return a * b;
    case Binary::Kind::divide: return a / b;
  }
  return a;
}

float calculate(Binary::Kind kind, float a, float b) {
  return wrapped(kind, a, b);
}

// Integers of a hostile file may overflow: modulo 2^64, as the machine does it. Division by zero is
// refused where the divisor is known.
std::int64_t calculate(Binary::Kind kind, std::int64_t a, std::int64_t b) {
  if (kind == Binary::Kind::divide && b != -1) return b == 0 ? 0 : a / b;
  if (kind == Binary::Kind::divide)
    return static_cast<std::int64_t>(-static_cast<std::uint64_t>(a));
  return static_cast<std::int64_t>(
      wrapped(kind, static_cast<std::uint64_t>(a), static_cast<std::uint64_t>(b)));
}

// Strides with which `shape` is read as if it had the output's shape: 0 where it is repeated.
Shape broadcast_strides(const Shape& shape, std::size_t rank) {
  Shape strides(rank, 0);
  const Shape own = strides_of(shape);
  for (std::size_t back = 1; back <= shape.size(); ++back)
    if (shape[shape.size() - back] != 1) strides[rank - back] = own[shape.size() - back];
  return strides;
}

}  // namespace

void apply(const Activation& activation, std::span<float> values) {
  switch (activation.kind) {
    case Activation::Kind::none: return;
    case Activation::Kind::relu:
      for (float& value : values) value = value < 0 ? 0 : value;
      return;
    case Activation::Kind::leaky_relu:
      for (float& value : values) value = value < 0 ? activation.alpha * value : value;
      return;
    case Activation::Kind::sigmoid:
      for (float& value : values)
        value = static_cast<float>(1 / (1 + std::exp(-static_cast<double>(value))));
      return;
    case Activation::Kind::tanh:
      for (float& value : values) value = std::tanh(value);
      return;
    case Activation::Kind::clip:
      for (float& value : values)
        value = std::min(std::max(value, activation.alpha), activation.beta);
      return;
  }
}

void normalize(const Normalization& op, Floats input, Array<float> output) {
  const Shape& shape = *input.shape;
  const auto channels = static_cast<std::size_t>(shape[1]);
  std::int64_t pixels = 1;
  for (std::size_t d = 2; d < shape.size(); ++d) pixels *= shape[d];
  const float* from = input.values;
  float* to = output.values;
  for (std::int64_t n = 0; n < shape[0]; ++n)
    for (std::size_t c = 0; c < channels; ++c)
      for (std::int64_t p = 0; p < pixels; ++p) *to++ = *from++ * op.scale[c] + op.shift[c];
}

template <class T>
void combine(const Binary& op, Array<const T> a, Array<const T> b, Array<T> output) {
  const Shape& shape = *output.shape;
  const std::int64_t total = *element_count(shape);
  if (total == 0) return;
  if (*a.shape == shape && *b.shape == shape) {
    for (std::int64_t i = 0; i < total; ++i)
      output.values[i] = calculate(op.kind, a.values[i], b.values[i]);
    return;
  }
  // The last dimension in a plain loop; the others count up like the digits of a number.
  const std::size_t rank = shape.size();
  const Shape left = broadcast_strides(*a.shape, rank), right = broadcast_strides(*b.shape, rank);
  Shape index(rank, 0);
  std::int64_t at_a = 0, at_b = 0;
  const std::int64_t row = shape[rank - 1];
  for (std::int64_t done = 0; done < total; done += row) {
    for (std::int64_t i = 0; i < row; ++i)
      output.values[done + i] = calculate(op.kind, a.values[at_a + i * left[rank - 1]],
                                          b.values[at_b + i * right[rank - 1]]);
    for (std::size_t d = rank - 1; d-- > 0;) {
      at_a += left[d];
      at_b += right[d];
      if (++index[d] < shape[d]) break;
      at_a -= left[d] * shape[d];
      at_b -= right[d] * shape[d];
      index[d] = 0;
    }
  }
}

template void combine(const Binary&, Floats, Floats, Array<float>);
template void combine(const Binary&, Integers, Integers, Array<std::int64_t>);

}  // namespace slicecast::nn::reference
