#include "common/nn/graph/reference/compute.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

namespace slicecast::nn::reference {
namespace {

std::int64_t size_of(const Shape& shape) {
  return *element_count(shape);
}

struct Compute {
  std::span<const Floats> in;
  Array<float> out;

  std::span<float> copy() const {
    std::copy_n(in[0].values, size_of(*out.shape), out.values);
    return {out.values, static_cast<std::size_t>(size_of(*out.shape))};
  }
  void operator()(const Convolution& op) const { convolve(op, in[0], out); }
  void operator()(const Pooling& op) const { pool(op, in[0], out); }
  void operator()(const GlobalAverage&) const { average_all(in[0], out); }
  void operator()(const Elementwise& op) const { apply(op.activation, copy()); }
  void operator()(const Binary& op) const { combine<float>(op, in[0], in[1], out); }
  void operator()(const Normalization& op) const { normalize(op, in[0], out); }
  void operator()(const Concat& op) const { join<float>(op, in, out); }
  void operator()(const Resize& op) const { resize(op, in[0], out); }
  void operator()(const Pad& op) const { pad<float>(op, in[0], out); }
  void operator()(const Slice& op) const { slice<float>(op, in[0], out); }
  void operator()(const Gather& op) const { gather<float>(op, in[0], out); }
  void operator()(const Reshape&) const { copy(); }
  void operator()(const Transpose& op) const { transpose<float>(op, in[0], out); }
  void operator()(const Softmax& op) const { softmax(op, in[0], out); }
  void operator()(const ArgMax& op) const { arg_max(op, in[0], out); }
  void operator()(const Gemm& op) const { multiply(op, in, out); }
  void operator()(const Cast& op) const {
    for (float& value : copy()) value = op.integral ? std::trunc(value) : value;
  }
  void operator()(const Floor&) const {
    for (float& value : copy()) value = std::floor(value);
  }
  void operator()(const Known& op) const { std::ranges::copy(as_floats(*op.value), out.values); }
};

struct ComputeIntegers {
  std::span<const Integers> in;
  Array<std::int64_t> out;

  bool operator()(const Binary& op) const {
    return combine<std::int64_t>(op, in[0], in[1], out), true;
  }
  bool operator()(const Concat& op) const { return join<std::int64_t>(op, in, out), true; }
  bool operator()(const Pad& op) const { return pad<std::int64_t>(op, in[0], out), true; }
  bool operator()(const Slice& op) const { return slice<std::int64_t>(op, in[0], out), true; }
  bool operator()(const Gather& op) const { return gather<std::int64_t>(op, in[0], out), true; }
  bool operator()(const Transpose& op) const {
    return transpose<std::int64_t>(op, in[0], out), true;
  }
  bool operator()(const Reshape&) const {
    return std::copy_n(in[0].values, size_of(*out.shape), out.values), true;
  }
  bool operator()(const Cast&) const { return (*this)(Reshape{}); }
  template <class Other>
  bool operator()(const Other&) const {
    return false;  // no arithmetic of integers
  }
};

}  // namespace

void compute(const Operation& operation, std::span<const Floats> inputs, Array<float> output) {
  std::visit(Compute{inputs, output}, operation);
}

TensorPtr evaluate(const Operation& operation, bool integral, std::span<const TensorPtr> inputs,
                   const Shape& shape) {
  if (const auto* known = std::get_if<Known>(&operation)) return known->value;
  const auto size = static_cast<std::size_t>(size_of(shape));
  if (integral) {
    std::vector<std::vector<std::int64_t>> values;
    for (const auto& input : inputs) values.push_back(as_integers(*input));
    std::vector<Integers> arrays;
    for (std::size_t i = 0; i < inputs.size(); ++i)
      arrays.push_back({&inputs[i]->shape, values[i].data()});
    std::vector<std::int64_t> out(size);
    if (std::visit(ComputeIntegers{arrays, {&shape, out.data()}}, operation))
      return make_tensor(shape, std::move(out));
  }
  std::vector<std::vector<float>> values;
  for (const auto& input : inputs) values.push_back(as_floats(*input));
  std::vector<Floats> arrays;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    arrays.push_back({&inputs[i]->shape, values[i].data()});
  std::vector<float> out(size);
  compute(operation, arrays, {&shape, out.data()});
  if (!integral) return make_tensor(shape, std::move(out));
  return make_tensor(shape, as_integers(Tensor{shape, std::move(out)}));
}

}  // namespace slicecast::nn::reference
