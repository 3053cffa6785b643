#include "common/nn/graph/passes.h"

#include <algorithm>
#include <set>
#include <utility>

#include "common/nn/graph/plan.h"
#include "common/nn/graph/resolve.h"

namespace slicecast::nn {
namespace {

bool is_convolution(const Node& node) {
  return node.type == "Conv" || node.type == "ConvTranspose";
}

// The unfused convolution that makes `value` for this one reader alone; null: there is none.
Node* convolution_before(Graph& graph, ValueId value) {
  for (Node& node : graph.nodes)
    if (node.outputs[0] == value)
      return is_convolution(node) && node.activation.kind == Activation::Kind::none &&
                     graph.readers(value) == 1
                 ? &node
                 : nullptr;
  return nullptr;
}

// Removes `node`, whose value the convolution before it now computes.
void absorb(Graph& graph, Node& convolution, std::size_t index) {
  convolution.outputs[0] = graph.nodes[index].outputs[0];
  graph.nodes.erase(graph.nodes.begin() + static_cast<std::ptrdiff_t>(index));
}

// Numbers of constant parameters: weights, then bias.
struct Scaled {
  std::vector<float> weights, bias;
};

Scaled scale_outputs(const Convolution& conv, const Normalization& by) {
  Scaled out{as_floats(*conv.weights),
             conv.bias ? as_floats(*conv.bias) : std::vector<float>(by.scale.size(), 0.0F)};
  const Shape& shape = conv.weights->shape;
  const std::size_t taps = static_cast<std::size_t>(shape[2] * shape[3]);
  const auto second = static_cast<std::size_t>(shape[1]);
  const auto in_group = static_cast<std::size_t>(shape[0] / conv.groups);
  for (std::size_t i = 0; i < out.weights.size(); ++i) {
    const std::size_t first = i / taps / second;
    // Transposed weights are {inputs, outputs / groups, ...}: the group follows from the input.
    const std::size_t output =
        conv.transposed ? first / in_group * second + i / taps % second : first;
    out.weights[i] *= by.scale[output];
  }
  for (std::size_t k = 0; k < out.bias.size(); ++k)
    out.bias[k] = out.bias[k] * by.scale[k] + by.shift[k];
  return out;
}

// A shape that lets nodes with constant parameters be resolved when the image's is not known.
Inputs stand_in(const Graph& graph, const Node& node, std::int64_t channels) {
  Inputs inputs;
  inputs.opset = graph.opset;
  for (const ValueId value : node.inputs) {
    inputs.constants.push_back(graph.constant(value));
    inputs.shapes.push_back(inputs.constants.back() ? std::optional(inputs.constants.back()->shape)
                                                    : std::nullopt);
  }
  inputs.shapes[0] = Shape{1, channels, 512, 512};
  return inputs;
}

}  // namespace

void remove_identities(Graph& graph) {
  std::vector<Node> left;
  std::map<ValueId, ValueId> stands_for;
  const auto original = [&](ValueId value) {
    const auto at = stands_for.find(value);
    return at == stands_for.end() ? value : at->second;
  };
  for (Node& node : graph.nodes) {
    for (ValueId& value : node.inputs) value = original(value);
    if (node.type == "Identity" || node.type == "Dropout")
      stands_for[node.outputs[0]] = node.inputs[0];
    else
      left.push_back(std::move(node));
  }
  graph.output = original(graph.output);
  graph.nodes = std::move(left);
}

void fold_normalizations(Graph& graph) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (node.type != "BatchNormalization") continue;
    Node* before = convolution_before(graph, node.inputs[0]);
    if (before == nullptr) continue;
    const TensorPtr weights = graph.constant(before->input(1));
    if (weights == nullptr || weights->shape.size() != 4) continue;
    const std::int64_t groups = before->integer("group", 1);
    const bool transposed = before->type == "ConvTranspose";
    if (groups < 1 || groups > kMostElements) continue;
    const auto conv = resolve(
        *before,
        stand_in(graph, *before, transposed ? weights->shape[0] : weights->shape[1] * groups));
    if (!conv) continue;  // specialize() will say why, in these cases
    const auto by = resolve(node, stand_in(graph, node, conv->shape[1]));
    if (!by) continue;
    const auto& convolution = std::get<Convolution>(conv->operation);
    Scaled scaled = scale_outputs(convolution, std::get<Normalization>(by->operation));
    const ValueId new_weights =
        graph.add_value(graph.values[static_cast<std::size_t>(before->inputs[1])] + " normalized");
    const ValueId new_bias =
        graph.add_value(graph.values[static_cast<std::size_t>(new_weights)] + " bias");
    const auto outputs = static_cast<std::int64_t>(scaled.bias.size());
    graph.constants[new_weights] = make_tensor(weights->shape, std::move(scaled.weights));
    graph.constants[new_bias] = make_tensor({outputs}, std::move(scaled.bias));
    before->inputs = {before->inputs[0], new_weights, new_bias};
    absorb(graph, *before, i--);
  }
}

void fuse_activations(Graph& graph) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    const bool activates = node.type == "Relu" || node.type == "LeakyRelu" ||
                           node.type == "Sigmoid" || node.type == "Tanh" || node.type == "Clip";
    if (!activates) continue;
    Node* before = convolution_before(graph, node.inputs[0]);
    if (before == nullptr) continue;
    const auto resolved = resolve(node, stand_in(graph, node, 1));
    if (!resolved) continue;  // specialize() will say why
    before->activation = std::get<Elementwise>(resolved->operation).activation;
    absorb(graph, *before, i--);
  }
}

void remove_dead_nodes(Graph& graph) {
  std::set<ValueId> needed{graph.output};
  std::vector<Node> left;
  for (std::size_t i = graph.nodes.size(); i-- > 0;) {
    Node& node = graph.nodes[i];
    if (!needed.contains(node.outputs[0])) continue;
    needed.insert(node.inputs.begin(), node.inputs.end());
    left.push_back(std::move(node));
  }
  std::ranges::reverse(left);
  graph.nodes = std::move(left);
  std::erase_if(graph.constants, [&](const auto& entry) { return !needed.contains(entry.first); });
}

Result<void> simplify(Graph& graph) {
  remove_identities(graph);
  remove_dead_nodes(graph);
  if (auto ok = fold_constants(graph); !ok) return ok;
  fold_normalizations(graph);
  fuse_activations(graph);
  remove_dead_nodes(graph);
  return {};
}

}  // namespace slicecast::nn
