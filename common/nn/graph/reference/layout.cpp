#include <algorithm>

#include "common/nn/graph/reference/compute.h"

namespace slicecast::nn::reference {
namespace {

// Visits every element of `shape` in order, telling visit(position, index).
template <class Visit>
void for_each_index(const Shape& shape, const Visit& visit) {
  const std::int64_t total = *element_count(shape);
  Shape index(shape.size(), 0);
  for (std::int64_t position = 0; position < total; ++position) {
    visit(position, index);
    for (std::size_t d = shape.size(); d-- > 0;) {
      if (++index[d] < shape[d]) break;
      index[d] = 0;
    }
  }
}

// Index that padding by `begin` reads at `at` of an extent; -1: the padding value.
std::int64_t padded_from(Pad::Mode mode, std::int64_t at, std::int64_t begin, std::int64_t extent) {
  const std::int64_t from = at - begin;
  if (from >= 0 && from < extent) return from;
  switch (mode) {
    case Pad::Mode::constant: return -1;
    case Pad::Mode::edge: return std::clamp<std::int64_t>(from, 0, extent - 1);
    case Pad::Mode::reflect: return from < 0 ? -from : 2 * (extent - 1) - from;
  }
  return -1;
}

std::int64_t product(const Shape& shape, std::size_t first, std::size_t last) {
  std::int64_t total = 1;
  for (std::size_t d = first; d < last; ++d) total *= shape[d];
  return total;
}

}  // namespace

template <class T>
void join(const Concat& op, std::span<const Array<const T>> inputs, Array<T> output) {
  const Shape& shape = *output.shape;
  const std::int64_t outer = product(shape, 0, op.axis);
  T* to = output.values;
  for (std::int64_t o = 0; o < outer; ++o)
    for (const auto& input : inputs) {
      const std::int64_t block = product(*input.shape, op.axis, shape.size());
      to = std::copy_n(input.values + o * block, block, to);
    }
}

template <class T>
void pad(const Pad& op, Array<const T> input, Array<T> output) {
  const Shape& in = *input.shape;
  const Shape strides = strides_of(in);
  for_each_index(*output.shape, [&](std::int64_t position, const Shape& index) {
    std::int64_t at = 0;
    for (std::size_t d = 0; d < in.size() && at >= 0; ++d) {
      const std::int64_t from = padded_from(op.mode, index[d], op.begin[d], in[d]);
      at = from < 0 ? -1 : at + from * strides[d];
    }
    output.values[position] = at < 0 ? static_cast<T>(op.value) : input.values[at];
  });
}

template <class T>
void slice(const Slice& op, Array<const T> input, Array<T> output) {
  const Shape strides = strides_of(*input.shape);
  for_each_index(*output.shape, [&](std::int64_t position, const Shape& index) {
    std::int64_t at = 0;
    for (std::size_t d = 0; d < index.size(); ++d)
      at += (op.start[d] + index[d] * op.step[d]) * strides[d];
    output.values[position] = input.values[at];
  });
}

template <class T>
void gather(const Gather& op, Array<const T> input, Array<T> output) {
  const Shape& in = *input.shape;
  const std::int64_t outer = product(in, 0, op.axis);
  const std::int64_t inner = product(in, op.axis + 1, in.size());
  T* to = output.values;
  for (std::int64_t o = 0; o < outer; ++o)
    for (const auto index : op.indices)
      to = std::copy_n(input.values + (o * in[op.axis] + index) * inner, inner, to);
}

template <class T>
void transpose(const Transpose& op, Array<const T> input, Array<T> output) {
  const Shape strides = strides_of(*input.shape);
  for_each_index(*output.shape, [&](std::int64_t position, const Shape& index) {
    std::int64_t at = 0;
    for (std::size_t d = 0; d < index.size(); ++d) at += index[d] * strides[op.permutation[d]];
    output.values[position] = input.values[at];
  });
}

template void join(const Concat&, std::span<const Floats>, Array<float>);
template void join(const Concat&, std::span<const Integers>, Array<std::int64_t>);
template void pad(const Pad&, Floats, Array<float>);
template void pad(const Pad&, Integers, Array<std::int64_t>);
template void slice(const Slice&, Floats, Array<float>);
template void slice(const Slice&, Integers, Array<std::int64_t>);
template void gather(const Gather&, Floats, Array<float>);
template void gather(const Gather&, Integers, Array<std::int64_t>);
template void transpose(const Transpose&, Floats, Array<float>);
template void transpose(const Transpose&, Integers, Array<std::int64_t>);

}  // namespace slicecast::nn::reference
