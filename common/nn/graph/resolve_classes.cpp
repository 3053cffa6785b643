// Operators at the end of a classifying network.
#include "common/nn/graph/resolve.h"

namespace slicecast::nn {

Result<Resolved> resolve_softmax(const Node& node, const Inputs& inputs) {
  const Shape& input = *inputs.shapes[0];
  // Until opset 12 everything from the axis on is one vector.
  const bool joined = inputs.opset < 13;
  const auto axis = axis_index(node.integer("axis", joined ? 1 : -1), input.size());
  if (!axis) return refuse(node, "axis is outside " + to_text(input), Errc::malformed);
  const std::span<const std::int64_t> all(input);
  Softmax op;
  op.logarithm = node.type == "LogSoftmax";
  op.outer = *element_count(all.first(*axis));
  op.count = joined ? *element_count(all.subspan(*axis)) : input[*axis];
  op.inner = joined ? 1 : *element_count(all.subspan(*axis + 1));
  return Resolved{op, input, false, {0}};
}

Result<Resolved> resolve_arg_max(const Node& node, const Inputs& inputs) {
  const Shape& input = *inputs.shapes[0];
  const auto axis = axis_index(node.integer("axis", 0), input.size());
  if (!axis || input[*axis] < 1)
    return refuse(node, "axis is outside " + to_text(input) + " or empty", Errc::malformed);
  const std::span<const std::int64_t> all(input);
  ArgMax op{*element_count(all.first(*axis)), input[*axis], *element_count(all.subspan(*axis + 1)),
            node.integer("select_last_index", 0) != 0};
  Shape shape = input;
  if (node.integer("keepdims", 1) != 0)
    shape[*axis] = 1;
  else
    shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(*axis));
  return Resolved{op, std::move(shape), true, {0}};
}

Result<Resolved> resolve_gemm(const Node& node, const Inputs& inputs) {
  if (!inputs.given(1)) return refuse(node, "has only one input", Errc::malformed);
  const Shape &a = *inputs.shapes[0], &b = *inputs.shapes[1];
  Gemm op{node.integer("transA", 0) != 0, node.integer("transB", 0) != 0, node.real("alpha", 1),
          node.real("beta", 1)};
  if (a.size() != 2 || b.size() != 2 || a[op.transpose_a ? 0 : 1] != b[op.transpose_b ? 1 : 0])
    return refuse(node, to_text(a) + " and " + to_text(b) + " cannot be multiplied",
                  Errc::invalid_argument);
  if (any_integral(inputs)) return refuse(node, "multiplies integers");
  Shape shape{a[op.transpose_a ? 1 : 0], b[op.transpose_b ? 0 : 1]};
  std::vector<std::size_t> reads{0, 1};
  if (inputs.given(2)) {
    const Shape& c = *inputs.shapes[2];
    bool fits = c.size() <= 2;
    for (std::size_t back = 1; fits && back <= c.size(); ++back)
      fits = c[c.size() - back] == 1 || c[c.size() - back] == shape[2 - back];
    if (!fits) return refuse(node, "adds " + to_text(c) + " to " + to_text(shape));
    reads.push_back(2);
  }
  return Resolved{op, std::move(shape), false, std::move(reads)};
}

}  // namespace slicecast::nn
