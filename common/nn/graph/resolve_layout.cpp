// Operators that only move values: joining, cutting, padding and picking.
#include <algorithm>
#include <limits>

#include "common/nn/graph/resolve.h"
#include "common/nn/graph/resolve_window.h"

namespace slicecast::nn {

Result<Resolved> resolve_concat(const Node& node, const Inputs& inputs) {
  Shape shape = *inputs.shapes[0];
  const auto axis = axis_index(node.integer("axis", 1), shape.size());
  if (!axis) return refuse(node, "axis is outside " + to_text(shape), Errc::malformed);
  std::vector<std::size_t> reads{0};
  for (std::size_t i = 1; i < inputs.shapes.size(); ++i) {
    if (!inputs.given(i)) return refuse(node, "misses an input", Errc::malformed);
    const Shape& other = *inputs.shapes[i];
    for (std::size_t d = 0; d < std::max(shape.size(), other.size()); ++d)
      if (d >= shape.size() || d >= other.size() || (d != *axis && other[d] != shape[d]))
        return refuse(node, to_text(shape) + " and " + to_text(other) + " cannot be joined",
                      Errc::invalid_argument);
    if (other[*axis] > kMostElements - shape[*axis])
      return refuse(node, "joins more than any image holds", Errc::resource_exhausted);
    shape[*axis] += other[*axis];
    reads.push_back(i);
  }
  return Resolved{Concat{*axis}, std::move(shape), any_integral(inputs), std::move(reads)};
}

Result<Resolved> resolve_pad(const Node& node, const Inputs& inputs) {
  const Shape& input = *inputs.shapes[0];
  std::vector<std::int64_t> pads = node.integers("pads");
  Pad op;
  op.value = node.real("value", 0);
  if (inputs.opset >= 11) {
    auto given = constant_integers(node, inputs, 1, "pads");
    if (!given) return given.error();
    pads = std::move(*given);
    if (inputs.given(2)) {
      if (inputs.constant(2) == nullptr || inputs.constant(2)->size() != 1)
        return refuse(node, "the padding value must be one constant");
      op.value = as_floats(*inputs.constant(2))[0];
    }
  }
  if (pads.size() != 2 * input.size())
    return refuse(node, "has " + std::to_string(pads.size()) + " pads for " + to_text(input),
                  Errc::malformed);
  const std::string mode = node.text("mode", "constant");
  if (mode == "reflect")
    op.mode = Pad::Mode::reflect;
  else if (mode == "edge")
    op.mode = Pad::Mode::edge;
  else if (mode != "constant")
    return refuse(node, "mode '" + mode + "' is not supported; use constant, reflect or edge");
  Shape shape = input;
  for (std::size_t d = 0; d < input.size(); ++d) {
    const std::int64_t begin = pads[d], end = pads[input.size() + d];
    const std::int64_t most = op.mode == Pad::Mode::reflect ? input[d] - 1 : 1 << 20;
    if (std::max(begin, end) > most || std::min(begin, end) < -(1 << 20))
      return refuse(node,
                    "pads " + to_text(input) + " by " + std::to_string(std::max(begin, end)) +
                        "; use a larger image",
                    Errc::invalid_argument);
    shape[d] = input[d] + begin + end;
    if (shape[d] < 0 || (op.mode == Pad::Mode::edge && input[d] == 0))
      return refuse(node, "leaves nothing of " + to_text(input), Errc::invalid_argument);
    op.begin.push_back(begin);
  }
  return Resolved{
      std::move(op), std::move(shape), any_integral({0, {}, {inputs.constant(0)}}), {0}};
}

Result<Resolved> resolve_slice(const Node& node, const Inputs& inputs) {
  const Shape& input = *inputs.shapes[0];
  std::vector<std::int64_t> starts = node.integers("starts"), ends = node.integers("ends"),
                            axes = node.integers("axes"), steps;
  if (inputs.opset >= 10) {
    const char* names[] = {"", "starts", "ends", "axes", "steps"};
    std::vector<std::int64_t>* parts[] = {nullptr, &starts, &ends, &axes, &steps};
    for (std::size_t i = 1; i < 5; ++i) {
      if (i > 2 && !inputs.given(i)) continue;
      auto given = constant_integers(node, inputs, i, names[i]);
      if (!given) return given.error();
      *parts[i] = std::move(*given);
    }
  }
  if (axes.empty())
    for (std::size_t i = 0; i < starts.size(); ++i) axes.push_back(static_cast<std::int64_t>(i));
  if (steps.empty()) steps.assign(starts.size(), 1);
  if (ends.size() != starts.size() || axes.size() != starts.size() || steps.size() != starts.size())
    return refuse(node, "starts, ends, axes and steps differ in length", Errc::malformed);

  Slice op{Shape(input.size(), 0), Shape(input.size(), 1)};
  Shape shape = input;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const auto axis = axis_index(axes[i], input.size());
    if (!axis || steps[i] == 0) return refuse(node, "an axis or step is wrong", Errc::malformed);
    const std::int64_t extent = input[*axis];
    const std::int64_t step = std::clamp<std::int64_t>(steps[i], -kMostElements, kMostElements);
    const auto from_end = [&](std::int64_t at) { return at < 0 ? at + extent : at; };
    const std::int64_t least = step > 0 ? 0 : -1, most = step > 0 ? extent : extent - 1;
    const std::int64_t start = std::clamp(from_end(starts[i]), step > 0 ? 0 : least, most);
    const std::int64_t end = std::clamp(from_end(ends[i]), least, most);
    const std::int64_t count =
        step > 0 ? (end - start + step - 1) / step : (start - end - step - 1) / -step;
    op.start[*axis] = start;
    op.step[*axis] = step;
    shape[*axis] = std::max<std::int64_t>(0, extent == 0 ? 0 : count);
  }
  return Resolved{
      std::move(op), std::move(shape), any_integral({0, {}, {inputs.constant(0)}}), {0}};
}

Result<Resolved> resolve_gather(const Node& node, const Inputs& inputs) {
  const Shape& input = *inputs.shapes[0];
  const auto axis = axis_index(node.integer("axis", 0), input.size());
  if (!axis) return refuse(node, "axis is outside " + to_text(input), Errc::malformed);
  auto indices = constant_integers(node, inputs, 1, "indices");
  if (!indices) return indices.error();
  for (auto& index : *indices) {
    if (index < -input[*axis] || index >= input[*axis])
      return refuse(node, "index " + std::to_string(index) + " is outside " + to_text(input),
                    Errc::invalid_argument);
    if (index < 0) index += input[*axis];
  }
  const auto at = static_cast<std::ptrdiff_t>(*axis);
  Shape shape(input.begin(), input.begin() + at);
  const Shape& picked = *inputs.shapes[1];
  shape.insert(shape.end(), picked.begin(), picked.end());
  shape.insert(shape.end(), input.begin() + at + 1, input.end());
  return Resolved{Gather{*axis, std::move(*indices)},
                  std::move(shape),
                  any_integral({0, {}, {inputs.constant(0)}}),
                  {0}};
}

Result<Resolved> resolve_transpose(const Node& node, const Inputs& inputs) {
  const Shape& input = *inputs.shapes[0];
  auto order = node.integers("perm");
  if (order.empty())
    for (std::size_t d = input.size(); d-- > 0;) order.push_back(static_cast<std::int64_t>(d));
  Transpose op;
  Shape shape;
  for (const auto d : order) {
    if (d < 0 || d >= static_cast<std::int64_t>(input.size()) ||
        std::ranges::count(order, d) != 1 || order.size() != input.size())
      return refuse(node, "perm does not fit " + to_text(input), Errc::malformed);
    op.permutation.push_back(static_cast<std::size_t>(d));
    shape.push_back(input[static_cast<std::size_t>(d)]);
  }
  return Resolved{std::move(op), std::move(shape), any_integral(inputs), {0}};
}

}  // namespace slicecast::nn
