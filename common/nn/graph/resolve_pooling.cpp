#include "common/nn/graph/resolve.h"
#include "common/nn/graph/resolve_window.h"

namespace slicecast::nn {

Result<Resolved> resolve_pooling(const Node& node, const Inputs& inputs) {
  const Shape& input = *inputs.shapes[0];
  if (auto ok = expect_image(node, input); !ok) return ok.error();
  if (node.integers("kernel_shape").empty()) return refuse(node, "kernel_shape is missing");
  auto window = read_window(node, {1, 1});
  if (!window) return window.error();
  Pooling op;
  op.kind = node.type == "MaxPool" ? Pooling::Kind::maximum : Pooling::Kind::average;
  op.window = *window;
  op.count_pads = node.integer("count_include_pad", 0) != 0;
  if (auto ok = apply_auto_pad(node, input, op.window); !ok) return ok.error();
  Shape shape{input[0], input[1], 0, 0};
  for (std::size_t d = 0; d < 2; ++d) {
    // Else there are windows without a pixel, which have neither a maximum nor an average.
    if (op.window.begin[d] >= reach(op.window, d) || op.window.end[d] >= reach(op.window, d))
      return refuse(node, "its padding is as wide as its kernel");
    shape[2 + d] = positions(op.window, input[2 + d], d, node.integer("ceil_mode", 0) != 0);
  }
  if (shape[2] < 1 || shape[3] < 1)
    return refuse(
        node, "the image " + to_text(input) + " is smaller than its kernel; use a " + "larger one",
        Errc::invalid_argument);
  return Resolved{op, std::move(shape), false, {0}};
}

Result<Resolved> resolve_global_average(const Node& node, const Inputs& inputs) {
  const Shape& input = *inputs.shapes[0];
  if (auto ok = expect_image(node, input); !ok) return ok.error();
  return Resolved{GlobalAverage{}, {input[0], input[1], 1, 1}, false, {0}};
}

}  // namespace slicecast::nn
