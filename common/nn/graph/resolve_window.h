// Kernel, strides, dilations and padding of a node, checked. Internal to the resolve_*.cpp files.
#pragma once

#include "common/base/error.h"
#include "common/nn/graph/graph.h"
#include "common/nn/graph/operation.h"

namespace slicecast::nn {

inline constexpr std::int64_t kMostWindow = 4096;  // of kernel, stride, dilation and padding

// Attributes kernel_shape, strides, dilations and pads of a two-dimensional node. An absent
// kernel_shape becomes `kernel`.
Result<Window> read_window(const Node& node, Pair kernel);

// Extent that the window covers along dimension d.
std::int64_t reach(const Window& window, std::size_t d);

// Sets the padding of auto_pad SAME_UPPER, SAME_LOWER and VALID for an input of this size.
Result<void> apply_auto_pad(const Node& node, const Shape& input, Window& window);

// Positions of the window along d; `ceil` also takes a last one that overhangs. Below 1: none.
std::int64_t positions(const Window& window, std::int64_t extent, std::size_t d, bool ceil);

// Refuses what is not {1 or more, channels, rows, columns} with something in each.
Result<void> expect_image(const Node& node, const Shape& shape);

}  // namespace slicecast::nn
