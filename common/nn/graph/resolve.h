// From a node of the file and what is known of its inputs to an operation and the shape of what it
// computes. Everything that a file can get wrong about a node is refused here, with the node named.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "common/base/error.h"
#include "common/nn/graph/graph.h"
#include "common/nn/graph/operation.h"

namespace slicecast::nn {

struct Inputs {
  int opset = 0;
  std::vector<std::optional<Shape>> shapes;  // nothing: not given
  std::vector<TensorPtr> constants;          // null: not given, or known only at run time

  bool given(std::size_t index) const { return index < shapes.size() && shapes[index]; }
  TensorPtr constant(std::size_t index) const {
    return index < constants.size() ? constants[index] : nullptr;
  }
};

struct Resolved {
  Operation operation;
  Shape shape;
  bool integral = false;  // the values are 64-bit integers as long as they are constants
  // Inputs that the operation reads while it runs, by position; the rest went into it.
  std::vector<std::size_t> reads{0};
};

// Types that can be resolved; the reader refuses all others.
bool is_supported(std::string_view type);
// Least and most inputs and the number of outputs that are used.
struct Arity {
  std::size_t least_inputs, most_inputs;
};
std::optional<Arity> arity_of(std::string_view type);

Result<Resolved> resolve(const Node& node, const Inputs& inputs);

// Families of operators; called through resolve(), which has checked the number of inputs.
Result<Resolved> resolve_convolution(const Node& node, const Inputs& inputs);
Result<Resolved> resolve_pooling(const Node& node, const Inputs& inputs);
Result<Resolved> resolve_global_average(const Node& node, const Inputs& inputs);
Result<Resolved> resolve_elementwise(const Node& node, const Inputs& inputs);
Result<Resolved> resolve_binary(const Node& node, const Inputs& inputs);
Result<Resolved> resolve_normalization(const Node& node, const Inputs& inputs);
Result<Resolved> resolve_resize(const Node& node, const Inputs& inputs);
Result<Resolved> resolve_concat(const Node& node, const Inputs& inputs);
Result<Resolved> resolve_pad(const Node& node, const Inputs& inputs);
Result<Resolved> resolve_slice(const Node& node, const Inputs& inputs);
Result<Resolved> resolve_gather(const Node& node, const Inputs& inputs);
Result<Resolved> resolve_reshape(const Node& node, const Inputs& inputs);
Result<Resolved> resolve_flatten(const Node& node, const Inputs& inputs);
Result<Resolved> resolve_unsqueeze(const Node& node, const Inputs& inputs);
Result<Resolved> resolve_squeeze(const Node& node, const Inputs& inputs);
Result<Resolved> resolve_transpose(const Node& node, const Inputs& inputs);
Result<Resolved> resolve_identity(const Node& node, const Inputs& inputs);
Result<Resolved> resolve_shape(const Node& node, const Inputs& inputs);
Result<Resolved> resolve_constant_of_shape(const Node& node, const Inputs& inputs);
Result<Resolved> resolve_cast(const Node& node, const Inputs& inputs);
Result<Resolved> resolve_floor(const Node& node, const Inputs& inputs);
Result<Resolved> resolve_softmax(const Node& node, const Inputs& inputs);
Result<Resolved> resolve_arg_max(const Node& node, const Inputs& inputs);
Result<Resolved> resolve_gemm(const Node& node, const Inputs& inputs);

// Integers of an input that must be a constant ("pads"), as the file or an earlier fold gave them.
Result<std::vector<std::int64_t>> constant_integers(const Node& node, const Inputs& inputs,
                                                    std::size_t index, const char* what);
// Whether the values of the first given inputs are integers: those whose constants are.
bool any_integral(const Inputs& inputs);

}  // namespace slicecast::nn
