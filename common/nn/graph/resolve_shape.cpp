// Operators that name sizes or give the same elements another shape.
#include <algorithm>

#include "common/nn/graph/resolve.h"

namespace slicecast::nn {
namespace {

constexpr std::int64_t kMostFilled = 1 << 24;  // elements that ConstantOfShape may ask for

Resolved reshaped(const Inputs& inputs, Shape shape) {
  return {Reshape{}, std::move(shape), any_integral({0, {}, {inputs.constant(0)}}), {0}};
}

// Axes of Unsqueeze and Squeeze: an attribute, from opset 13 on an input.
Result<std::vector<std::int64_t>> axes_of(const Node& node, const Inputs& inputs) {
  if (inputs.opset < 13 || !inputs.given(1)) return node.integers("axes");
  return constant_integers(node, inputs, 1, "axes");
}

}  // namespace

Result<Resolved> resolve_reshape(const Node& node, const Inputs& inputs) {
  const Shape& input = *inputs.shapes[0];
  auto wanted = constant_integers(node, inputs, 1, "the new shape");
  if (!wanted) return wanted.error();
  Shape shape = std::move(*wanted);
  const auto mismatch = [&] {
    return refuse(node, to_text(input) + " cannot become " + to_text(shape),
                  Errc::invalid_argument);
  };
  if (shape.size() > kMostDimensions) return mismatch();
  if (node.integer("allowzero", 0) == 0)
    for (std::size_t d = 0; d < shape.size(); ++d)
      if (shape[d] == 0 && d < input.size()) shape[d] = input[d];
  const std::int64_t total = *element_count(input);
  if (const auto unknown = std::ranges::find(shape, -1); unknown != shape.end()) {
    *unknown = 1;
    const auto rest = element_count(shape);
    if (!rest || *rest == 0 || total % *rest != 0) return mismatch();
    *unknown = total / *rest;
  }
  if (element_count(shape) != total) return mismatch();
  return reshaped(inputs, std::move(shape));
}

Result<Resolved> resolve_flatten(const Node& node, const Inputs& inputs) {
  const Shape& input = *inputs.shapes[0];
  const std::int64_t rank = static_cast<std::int64_t>(input.size());
  std::int64_t axis = node.integer("axis", 1);
  if (axis < -rank || axis > rank) return refuse(node, "axis is outside " + to_text(input));
  if (axis < 0) axis += rank;
  const std::span<const std::int64_t> all(input);
  const auto at = static_cast<std::size_t>(axis);
  return reshaped(inputs, {*element_count(all.first(at)), *element_count(all.subspan(at))});
}

Result<Resolved> resolve_unsqueeze(const Node& node, const Inputs& inputs) {
  const Shape& input = *inputs.shapes[0];
  const auto axes = axes_of(node, inputs);
  if (!axes) return axes.error();
  const std::size_t rank = input.size() + axes->size();
  std::vector<bool> added(rank, false);
  for (const auto axis : *axes) {
    const auto at = axis_index(axis, rank);
    if (!at || added[*at] || rank > kMostDimensions)
      return refuse(node, "an axis is outside " + to_text(input) + " or named twice");
    added[*at] = true;
  }
  Shape shape;
  std::size_t next = 0;
  for (std::size_t d = 0; d < rank; ++d) shape.push_back(added[d] ? 1 : input[next++]);
  return reshaped(inputs, std::move(shape));
}

Result<Resolved> resolve_squeeze(const Node& node, const Inputs& inputs) {
  const Shape& input = *inputs.shapes[0];
  const auto axes = axes_of(node, inputs);
  if (!axes) return axes.error();
  std::vector<bool> removed(input.size(), false);
  for (const auto axis : *axes) {
    const auto at = axis_index(axis, input.size());
    if (!at || input[*at] != 1) return refuse(node, "cannot drop an axis of " + to_text(input));
    removed[*at] = true;
  }
  Shape shape;
  for (std::size_t d = 0; d < input.size(); ++d)
    if (!removed[d] && !(axes->empty() && input[d] == 1)) shape.push_back(input[d]);
  return reshaped(inputs, std::move(shape));
}

Result<Resolved> resolve_shape(const Node& node, const Inputs& inputs) {
  const Shape& input = *inputs.shapes[0];
  const std::int64_t rank = static_cast<std::int64_t>(input.size());
  const auto position = [&](std::int64_t at) {
    return std::clamp<std::int64_t>(at < 0 ? at + rank : at, 0, rank);
  };
  // From opset 15 on; before, the attributes are not there.
  const std::int64_t first = position(node.integer("start", 0));
  const std::int64_t last = std::max(first, position(node.integer("end", rank)));
  std::vector<std::int64_t> extents(input.begin() + first, input.begin() + last);
  Shape shape{last - first};
  return Resolved{Known{make_tensor(shape, std::move(extents))}, shape, true, {}};
}

Result<Resolved> resolve_constant_of_shape(const Node& node, const Inputs& inputs) {
  auto wanted = constant_integers(node, inputs, 0, "the shape");
  if (!wanted) return wanted.error();
  Shape shape = std::move(*wanted);
  const auto count = element_count(shape);
  if (!count || *count > kMostFilled || shape.size() > kMostDimensions)
    return refuse(
        node,
        "asks for " + to_text(shape) + "; it may fill " + std::to_string(kMostFilled) + " elements",
        Errc::resource_exhausted);
  const auto size = static_cast<std::size_t>(*count);
  const auto at = node.attributes.find("value");
  const auto* value = at == node.attributes.end() ? nullptr : std::get_if<TensorPtr>(&at->second);
  if (value != nullptr && (*value)->size() != 1) return refuse(node, "value is not one number");
  const bool integral = value != nullptr && (*value)->integral();
  TensorPtr filled =
      integral ? make_tensor(shape, std::vector(size, (*value)->integers()[0]))
               : make_tensor(shape, std::vector(size, value ? (*value)->floats()[0] : 0.0F));
  return Resolved{Known{std::move(filled)}, std::move(shape), integral, {}};
}

}  // namespace slicecast::nn
