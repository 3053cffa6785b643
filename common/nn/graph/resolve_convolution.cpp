#include <algorithm>

#include "common/nn/graph/resolve.h"
#include "common/nn/graph/resolve_window.h"

namespace slicecast::nn {
namespace {

// Padding of a transposed convolution and the size it leads to.
Result<Pair> transposed_size(const Node& node, const Shape& input, Window& window) {
  auto extra = node.integers("output_padding");
  if (extra.empty()) extra = {0, 0};
  const auto wanted = node.integers("output_shape");
  if (extra.size() != 2 || (!wanted.empty() && wanted.size() != 2))
    return refuse(node, "output_padding or output_shape are not two numbers");
  const std::string mode = node.text("auto_pad", "NOTSET");
  Pair size{};
  for (std::size_t d = 0; d < 2; ++d) {
    if (extra[d] < 0 || extra[d] >= std::max(window.stride[d], window.dilation[d]))
      return refuse(node, "output_padding " + std::to_string(extra[d]) +
                              " is not below the stride or the dilation");
    const std::int64_t whole = window.stride[d] * (input[2 + d] - 1) + reach(window, d) + extra[d];
    if (wanted.empty() && !mode.starts_with("SAME")) {
      if (mode == "VALID") window.begin[d] = window.end[d] = 0;
      size[d] = whole - window.begin[d] - window.end[d];
      continue;
    }
    size[d] = wanted.empty() ? input[2 + d] * window.stride[d] : wanted[d];
    if (size[d] < 1 || size[d] > whole + kMostWindow)
      return refuse(node, "output_shape " + std::to_string(size[d]) + " cannot be reached");
    const std::int64_t total = whole - size[d];
    window.begin[d] = mode == "SAME_UPPER" ? total / 2 : total - total / 2;
    window.end[d] = total - window.begin[d];
  }
  return size;
}

Result<void> check_channels(const Node& node, const Convolution& op, std::int64_t channels,
                            std::int64_t outputs) {
  const Shape& weights = op.weights->shape;
  const std::int64_t inputs = op.transposed ? weights[0] : weights[1] * op.groups;
  if (inputs != channels)
    return refuse(node,
                  "weights " + to_text(weights) + " in " + std::to_string(op.groups) +
                      " groups do not fit " + std::to_string(channels) + " channels",
                  Errc::malformed);
  if (channels % op.groups != 0 || outputs % op.groups != 0)
    return refuse(node, "channels do not divide into " + std::to_string(op.groups) + " groups",
                  Errc::malformed);
  if (op.bias != nullptr && (op.bias->integral() || op.bias->shape != Shape{outputs}))
    return refuse(node,
                  "bias " + to_text(op.bias->shape) + " does not fit " + std::to_string(outputs) +
                      " channels",
                  Errc::malformed);
  return {};
}

}  // namespace

Result<Resolved> resolve_convolution(const Node& node, const Inputs& inputs) {
  const Shape& input = *inputs.shapes[0];
  if (auto ok = expect_image(node, input); !ok) return ok.error();
  Convolution op;
  op.transposed = node.type == "ConvTranspose";
  op.activation = node.activation;
  op.groups = node.integer("group", 1);
  op.weights = inputs.constant(1);
  op.bias = inputs.constant(2);
  if (op.weights == nullptr || (inputs.given(2) && op.bias == nullptr))
    return refuse(node, "its weights are computed at run time; export with constant weights");
  if (op.weights->integral() || op.weights->shape.size() != 4 ||
      element_count(op.weights->shape).value_or(0) == 0)
    return refuse(node, "weights " + to_text(op.weights->shape) + " are not four-dimensional");
  if (op.groups < 1 || op.groups > input[1])
    return refuse(node, "group " + std::to_string(op.groups) + " does not fit the channels");
  const Shape& weights = op.weights->shape;
  const std::int64_t outputs = op.transposed ? weights[1] * op.groups : weights[0];
  if (auto ok = check_channels(node, op, input[1], outputs); !ok) return ok.error();

  auto window = read_window(node, {weights[2], weights[3]});
  if (!window) return window.error();
  op.window = *window;
  if (op.window.kernel != Pair{weights[2], weights[3]} || weights[2] > kMostWindow ||
      weights[3] > kMostWindow)
    return refuse(node, "kernel_shape does not fit the weights " + to_text(weights));
  Shape shape{input[0], outputs, 0, 0};
  if (op.transposed) {
    const auto size = transposed_size(node, input, op.window);
    if (!size) return size.error();
    shape[2] = (*size)[0];
    shape[3] = (*size)[1];
  } else {
    if (auto ok = apply_auto_pad(node, input, op.window); !ok) return ok.error();
    for (std::size_t d = 0; d < 2; ++d) shape[2 + d] = positions(op.window, input[2 + d], d, false);
  }
  if (shape[2] < 1 || shape[3] < 1)
    return refuse(
        node, "the image " + to_text(input) + " is smaller than its kernel; use a " + "larger one",
        Errc::invalid_argument);
  return Resolved{std::move(op), std::move(shape), false, {0}};
}

}  // namespace slicecast::nn
