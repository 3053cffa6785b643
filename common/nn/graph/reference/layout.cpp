#include <algorithm>
#include <type_traits>
#include <vector>

#include "common/nn/graph/reference/compute.h"

namespace slicecast::nn::reference {
namespace {

// For each dimension of the output, the offset in the input that each index stands for; -1: none.
using Offsets = std::vector<std::vector<std::int64_t>>;

// Row by row of the last dimension; what has no offset becomes `fill`.
template <class T>
void copy_from(const Offsets& offsets, const T* input, T fill, Array<T> output) {
  const Shape& shape = *output.shape;
  const std::int64_t total = *element_count(shape);
  if (shape.empty()) *output.values = *input;
  if (total == 0 || shape.empty()) return;
  const auto& row = offsets.back();
  Shape index(shape.size(), 0);
  for (T* to = output.values; to != output.values + total; to += row.size()) {
    std::int64_t start = 0;
    for (std::size_t d = 0; d + 1 < shape.size() && start >= 0; ++d) {
      const std::int64_t at = offsets[d][static_cast<std::size_t>(index[d])];
      start = at < 0 ? -1 : start + at;
    }
    if (start < 0)
      std::fill_n(to, row.size(), fill);
    else
      std::ranges::transform(row, to,
                             [&](std::int64_t at) { return at < 0 ? fill : input[start + at]; });
    for (std::size_t d = shape.size() - 1; d-- > 0;) {
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

// A padding value may be any float; integers saturate.
template <class T>
T number(float value) {
  if constexpr (std::is_same_v<T, float>)
    return value;
  else
    return as_integers(Tensor{{}, std::vector{value}}).front();
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
  Offsets offsets(in.size());
  for (std::size_t d = 0; d < in.size(); ++d)
    for (std::int64_t i = 0; i < (*output.shape)[d]; ++i) {
      const std::int64_t from = padded_from(op.mode, i, op.begin[d], in[d]);
      offsets[d].push_back(from < 0 ? -1 : from * strides[d]);
    }
  copy_from(offsets, input.values, number<T>(op.value), output);
}

template <class T>
void slice(const Slice& op, Array<const T> input, Array<T> output) {
  const Shape strides = strides_of(*input.shape);
  Offsets offsets(strides.size());
  for (std::size_t d = 0; d < strides.size(); ++d)
    for (std::int64_t i = 0; i < (*output.shape)[d]; ++i)
      offsets[d].push_back((op.start[d] + i * op.step[d]) * strides[d]);
  copy_from(offsets, input.values, T{}, output);
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
  Offsets offsets(strides.size());
  for (std::size_t d = 0; d < strides.size(); ++d)
    for (std::int64_t i = 0; i < (*output.shape)[d]; ++i)
      offsets[d].push_back(i * strides[op.permutation[d]]);
  copy_from(offsets, input.values, T{}, output);
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
