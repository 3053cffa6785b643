#include "common/nn/graph/resolve_window.h"

#include <algorithm>

namespace slicecast::nn {
namespace {

// Two numbers of an attribute within [least, kMostWindow].
Result<Pair> read_pair(const Node& node, const char* key, Pair fallback, std::int64_t least) {
  const auto given = node.integers(key);
  if (given.empty()) return fallback;
  if (given.size() != 2)
    return refuse(node, std::string(key) + " has " + std::to_string(given.size()) +
                            " numbers; only two-dimensional operators are supported");
  for (const auto value : given)
    if (value < least || value > kMostWindow)
      return refuse(node, std::string(key) + " " + std::to_string(value) + " is outside " +
                              std::to_string(least) + " to " + std::to_string(kMostWindow));
  return Pair{given[0], given[1]};
}

}  // namespace

Result<void> expect_image(const Node& node, const Shape& shape) {
  if (shape.size() != 4)
    return refuse(node, "reads " + to_text(shape) + "; only images with four dimensions, 1 x " +
                            "channels x rows x columns, are supported");
  if (std::ranges::any_of(shape, [](auto extent) { return extent < 1; }))
    return refuse(node, "reads the empty image " + to_text(shape) + "; use a larger input");
  return {};
}

Result<Window> read_window(const Node& node, Pair kernel) {
  Window window;
  const auto shape = read_pair(node, "kernel_shape", kernel, 1);
  if (!shape) return shape.error();
  const auto stride = read_pair(node, "strides", {1, 1}, 1);
  if (!stride) return stride.error();
  const auto dilation = read_pair(node, "dilations", {1, 1}, 1);
  if (!dilation) return dilation.error();
  window.kernel = *shape;
  window.stride = *stride;
  window.dilation = *dilation;
  const auto pads = node.integers("pads");
  if (pads.empty()) return window;
  if (pads.size() != 4 ||
      std::ranges::any_of(pads, [](auto pad) { return pad < 0 || pad > kMostWindow; }))
    return refuse(node, "pads are not four numbers from 0 to " + std::to_string(kMostWindow));
  window.begin = {pads[0], pads[1]};
  window.end = {pads[2], pads[3]};
  return window;
}

std::int64_t reach(const Window& window, std::size_t d) {
  return (window.kernel[d] - 1) * window.dilation[d] + 1;
}

Result<void> apply_auto_pad(const Node& node, const Shape& input, Window& window) {
  const std::string mode = node.text("auto_pad", "NOTSET");
  if (mode == "NOTSET" || mode.empty()) return {};
  if (mode != "VALID" && mode != "SAME_UPPER" && mode != "SAME_LOWER")
    return refuse(node, "auto_pad '" + mode + "' is unknown");
  for (std::size_t d = 0; d < 2; ++d) {
    std::int64_t total = 0;
    if (mode != "VALID") {
      const std::int64_t extent = input[2 + d], stride = window.stride[d];
      const std::int64_t outputs = (extent + stride - 1) / stride;
      total = std::max<std::int64_t>(0, (outputs - 1) * stride + reach(window, d) - extent);
    }
    window.begin[d] = mode == "SAME_LOWER" ? total - total / 2 : total / 2;
    window.end[d] = total - window.begin[d];
  }
  return {};
}

std::int64_t positions(const Window& window, std::int64_t extent, std::size_t d, bool ceil) {
  const std::int64_t stride = window.stride[d];
  const std::int64_t room = extent + window.begin[d] + window.end[d] - reach(window, d);
  if (room < 0) return 0;
  std::int64_t count = (ceil ? room + stride - 1 : room) / stride + 1;
  // As PyTorch does: a window must not begin in what lies behind the image.
  if (ceil && (count - 1) * stride >= extent + window.begin[d]) --count;
  return count;
}

}  // namespace slicecast::nn
