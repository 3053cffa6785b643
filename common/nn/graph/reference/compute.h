// Plain loops for every operation, summed in double precision: what the reference executor runs,
// what constants are folded with, and what faster executors fall back on where nothing is to be
// gained. Any thread; no memory is kept.
#pragma once

#include <span>

#include "common/nn/graph/operation.h"

namespace slicecast::nn::reference {

template <class T>
struct Array {
  const Shape* shape;
  T* values;
};
using Floats = Array<const float>;
using Integers = Array<const std::int64_t>;

// `inputs` are those that the operation reads, in the order of Resolved::reads. `output` has the
// resolved shape and overlaps no input.
void compute(const Operation& operation, std::span<const Floats> inputs, Array<float> output);

// For operations that take one set of constants to another. What is no arithmetic of integers is
// computed with floats.
TensorPtr evaluate(const Operation& operation, bool integral, std::span<const TensorPtr> inputs,
                   const Shape& shape);

// Families, as compute() calls them.
void convolve(const Convolution& op, Floats input, Array<float> output);
void pool(const Pooling& op, Floats input, Array<float> output);
void average_all(Floats input, Array<float> output);
void apply(const Activation& activation, std::span<float> values);
void normalize(const Normalization& op, Floats input, Array<float> output);
void resize(const Resize& op, Floats input, Array<float> output);
void softmax(const Softmax& op, Floats input, Array<float> output);
void arg_max(const ArgMax& op, Floats input, Array<float> output);
void multiply(const Gemm& op, std::span<const Floats> inputs, Array<float> output);

// T: float or std::int64_t.
template <class T>
void combine(const Binary& op, Array<const T> a, Array<const T> b, Array<T> output);
template <class T>
void join(const Concat& op, std::span<const Array<const T>> inputs, Array<T> output);
template <class T>
void pad(const Pad& op, Array<const T> input, Array<T> output);
template <class T>
void slice(const Slice& op, Array<const T> input, Array<T> output);
template <class T>
void gather(const Gather& op, Array<const T> input, Array<T> output);
template <class T>
void transpose(const Transpose& op, Array<const T> input, Array<T> output);

}  // namespace slicecast::nn::reference
