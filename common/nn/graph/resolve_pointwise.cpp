#include <algorithm>
#include <cmath>
#include <limits>

#include "common/nn/graph/resolve.h"

namespace slicecast::nn {
namespace {

// One float of an optional constant input or of an attribute.
Result<float> bound(const Node& node, const Inputs& inputs, std::size_t index, const char* key,
                    float fallback) {
  if (!inputs.given(index)) return node.real(key, fallback);
  const TensorPtr tensor = inputs.constant(index);
  if (tensor == nullptr || tensor->size() != 1)
    return refuse(node, std::string(key) + " must be one constant number");
  return as_floats(*tensor)[0];
}

Result<std::vector<float>> channel_constant(const Node& node, const Inputs& inputs,
                                            std::size_t index, std::int64_t channels) {
  const TensorPtr tensor = inputs.constant(index);
  if (tensor == nullptr || tensor->integral())
    return refuse(node, "its parameters are not constant floats; export in evaluation mode");
  if (tensor->shape != Shape{channels})
    return refuse(node,
                  "a parameter has shape " + to_text(tensor->shape) + " for " +
                      std::to_string(channels) + " channels",
                  Errc::malformed);
  return as_floats(*tensor);
}

}  // namespace

Result<Resolved> resolve_elementwise(const Node& node, const Inputs& inputs) {
  Activation activation;
  using Kind = Activation::Kind;
  if (node.type == "Relu") activation.kind = Kind::relu;
  if (node.type == "LeakyRelu") activation = {Kind::leaky_relu, node.real("alpha", 0.01F), 0};
  if (node.type == "Sigmoid") activation.kind = Kind::sigmoid;
  if (node.type == "Tanh") activation.kind = Kind::tanh;
  if (node.type == "Clip") {
    const auto least = bound(node, inputs, 1, "min", std::numeric_limits<float>::lowest());
    if (!least) return least.error();
    const auto greatest = bound(node, inputs, 2, "max", std::numeric_limits<float>::max());
    if (!greatest) return greatest.error();
    activation = {Kind::clip, *least, *greatest};
  }
  if (inputs.constant(0) != nullptr && inputs.constant(0)->integral())
    return refuse(node, "reads integers");
  return Resolved{Elementwise{activation}, *inputs.shapes[0], false, {0}};
}

Result<Resolved> resolve_binary(const Node& node, const Inputs& inputs) {
  if (!inputs.given(1)) return refuse(node, "has only one input", Errc::malformed);
  const Shape &a = *inputs.shapes[0], &b = *inputs.shapes[1];
  Shape shape(std::max(a.size(), b.size()), 1);
  for (std::size_t back = 1; back <= shape.size(); ++back) {
    const std::int64_t left = back <= a.size() ? a[a.size() - back] : 1;
    const std::int64_t right = back <= b.size() ? b[b.size() - back] : 1;
    if (left != right && left != 1 && right != 1)
      return refuse(node, to_text(a) + " and " + to_text(b) + " do not fit together",
                    Errc::invalid_argument);
    shape[shape.size() - back] = left == 1 ? right : left;
  }
  Binary op;
  if (node.type == "Sub") op.kind = Binary::Kind::subtract;
  if (node.type == "Mul") op.kind = Binary::Kind::multiply;
  if (node.type == "Div") op.kind = Binary::Kind::divide;
  const bool integral = any_integral(inputs);
  if (integral && inputs.constant(1) != nullptr && op.kind == Binary::Kind::divide &&
      std::ranges::count(as_integers(*inputs.constant(1)), 0) > 0)
    return refuse(node, "divides by zero", Errc::malformed);
  return Resolved{op, std::move(shape), integral, {0, 1}};
}

Result<Resolved> resolve_normalization(const Node& node, const Inputs& inputs) {
  const Shape& input = *inputs.shapes[0];
  if (input.size() < 2) return refuse(node, "reads " + to_text(input) + ", without channels");
  if (node.integer("training_mode", 0) != 0)
    return refuse(node, "is in training mode; export in evaluation mode (model.eval())");
  std::vector<float> parameters[4];  // scale, bias, mean, variance
  for (std::size_t i = 0; i < 4; ++i) {
    auto values = channel_constant(node, inputs, i + 1, input[1]);
    if (!values) return values.error();
    parameters[i] = std::move(*values);
  }
  const double epsilon = node.real("epsilon", 1e-5F);
  Normalization op;
  for (std::size_t c = 0; c < parameters[0].size(); ++c) {
    const double scale = parameters[0][c] / std::sqrt(parameters[3][c] + epsilon);
    op.scale.push_back(static_cast<float>(scale));
    op.shift.push_back(static_cast<float>(parameters[1][c] - parameters[2][c] * scale));
  }
  return Resolved{std::move(op), input, false, {0}};
}

Result<Resolved> resolve_identity(const Node&, const Inputs& inputs) {
  return Resolved{Reshape{}, *inputs.shapes[0], any_integral(inputs), {0}};
}

Result<Resolved> resolve_cast(const Node& node, const Inputs& inputs) {
  // TensorProto.DataType: FLOAT, UINT8, INT8, UINT16, INT16, INT32, INT64, BOOL, FLOAT16, DOUBLE.
  const std::int64_t to = node.integer("to", 0);
  const bool real = to == 1 || to == 10 || to == 11;
  if (!real && !(to >= 2 && to <= 7))
    return refuse(node, "casts to type " + std::to_string(to) + ", which is not supported");
  return Resolved{Cast{!real}, *inputs.shapes[0], !real, {0}};
}

Result<Resolved> resolve_floor(const Node&, const Inputs& inputs) {
  return Resolved{Floor{}, *inputs.shapes[0], false, {0}};
}

}  // namespace slicecast::nn
