#include "common/nn/graph/plan.h"

#include <algorithm>
#include <utility>

#include "common/nn/graph/reference/compute.h"
#include "common/nn/graph/resolve.h"

namespace slicecast::nn {
namespace {

// What is known of the values while one walks along the nodes.
class Knowledge {
 public:
  explicit Knowledge(const Graph& graph)
      : graph_(graph), shapes_(graph.values.size()), constants_(graph.constants) {
    for (const auto& [value, tensor] : constants_) shape(value) = tensor->shape;
  }

  std::optional<Shape>& shape(ValueId value) { return shapes_[static_cast<std::size_t>(value)]; }
  TensorPtr constant(ValueId value) const {
    const auto at = constants_.find(value);
    return at == constants_.end() ? nullptr : at->second;
  }
  void set_constant(ValueId value, TensorPtr tensor) {
    shape(value) = tensor->shape;
    constants_[value] = std::move(tensor);
  }

  Inputs inputs_of(const Node& node) {
    Inputs inputs;
    inputs.opset = graph_.opset;
    for (const ValueId value : node.inputs) {
      inputs.shapes.push_back(value == kAbsent ? std::nullopt : shape(value));
      inputs.constants.push_back(value == kAbsent ? nullptr : constant(value));
    }
    return inputs;
  }

  // The node's value where it needs nothing but constants; null: it does not. A file may ask for
  // more of this than any honest one: bounded by `kMostFoldedWork`.
  Result<TensorPtr> fold(const Node& node, const Resolved& resolved) {
    std::vector<TensorPtr> read;
    for (const std::size_t index : resolved.reads) {
      read.push_back(constant(node.inputs[index]));
      if (read.back() == nullptr) return TensorPtr{};
    }
    const Shape& first = read.empty() ? resolved.shape : read.front()->shape;
    work_ += multiply_adds(resolved.operation, first, resolved.shape) +
             16 * static_cast<double>(*element_count(resolved.shape)) + 16;
    if (work_ > kMostFoldedWork)
      return refuse(node, "computes too much from constants; fold them when exporting",
                    Errc::resource_exhausted);
    return reference::evaluate(resolved.operation, resolved.integral, read, resolved.shape);
  }

 private:
  const Graph& graph_;
  std::vector<std::optional<Shape>> shapes_;
  std::map<ValueId, TensorPtr> constants_;
  double work_ = 0;
};

TensorPtr as_float_tensor(const TensorPtr& tensor) {
  return tensor->integral() ? make_tensor(tensor->shape, as_floats(*tensor)) : tensor;
}

}  // namespace

double Plan::multiply_adds() const {
  double sum = 0;
  for (const auto& step : steps)
    sum += nn::multiply_adds(step.operation, shape(step.inputs.front()), shape(step.output));
  return sum;
}

Result<Plan> specialize(const Graph& graph, const Shape& input) {
  Knowledge known(graph);
  known.shape(graph.input) = input;
  Plan plan;
  plan.input = graph.input;
  plan.output = graph.output;
  plan.shapes.resize(graph.values.size());
  const auto use = [&](ValueId value) {
    plan.shapes[static_cast<std::size_t>(value)] = *known.shape(value);
    if (const TensorPtr tensor = known.constant(value))
      plan.constants.try_emplace(value, as_float_tensor(tensor));
  };
  use(graph.input);
  for (const Node& node : graph.nodes) {
    auto resolved = resolve(node, known.inputs_of(node));
    if (!resolved) return resolved.error();
    auto folded = known.fold(node, *resolved);
    if (!folded) return folded.error();
    if (*folded != nullptr) {
      known.set_constant(node.outputs[0], std::move(*folded));
      continue;
    }
    known.shape(node.outputs[0]) = resolved->shape;
    Step step{describe(node), std::move(resolved->operation), {}, node.outputs[0]};
    for (const std::size_t index : resolved->reads) {
      step.inputs.push_back(node.inputs[index]);
      use(node.inputs[index]);
    }
    use(step.output);
    plan.steps.push_back(std::move(step));
  }
  if (known.constant(graph.output) != nullptr)
    return Error{Errc::malformed, "the network's output does not depend on its input"};
  if (*element_count(plan.output_shape()) == 0)
    return Error{Errc::invalid_argument,
                 "the network leaves nothing of " + to_text(input) + "; use a larger input"};
  return plan;
}

Result<void> fold_constants(Graph& graph) {
  Knowledge known(graph);
  std::vector<Node> left;
  for (Node& node : graph.nodes) {
    const bool constant = std::ranges::all_of(node.inputs, [&](ValueId value) {
      return value == kAbsent || known.constant(value) != nullptr;
    });
    if (!constant) {
      left.push_back(std::move(node));
      continue;
    }
    const auto resolved = resolve(node, known.inputs_of(node));
    if (!resolved) return resolved.error();
    auto folded = known.fold(node, *resolved);
    if (!folded) return folded.error();
    graph.constants[node.outputs[0]] = *folded;
    known.set_constant(node.outputs[0], std::move(*folded));
  }
  graph.nodes = std::move(left);
  return {};
}

}  // namespace slicecast::nn
