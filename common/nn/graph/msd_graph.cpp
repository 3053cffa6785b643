#include "common/nn/graph/msd_graph.h"

#include <utility>

#include "common/nn/graph/graph_builder.h"

namespace slicecast::nn {
namespace {

using Extents = std::vector<std::int64_t>;

class MsdGraphWriter {
 public:
  explicit MsdGraphWriter(const msd::Network& network)
      : network_(network), net_({1, network.inputs, -1, -1}) {}

  Graph write() && {
    take_inputs();
    for (const auto& layer : network_.layers) add_layer(layer);
    const ValueId scores = add_last();
    Graph graph = std::move(net_).finish(ended(scores));
    if (network_.border != msd::Border::zeros)
      graph.metadata["slicecast.border"] = msd::to_string(network_.border);
    return graph;
  }

 private:
  ValueId affine(ValueId value, const std::vector<msd::Affine>& affines) {
    if (affines.empty()) return value;
    std::vector<float> scales, shifts;
    for (const auto& of : affines) scales.push_back(of.scale), shifts.push_back(of.shift);
    const Shape shape{static_cast<std::int64_t>(affines.size()), 1, 1};
    const ValueId scaled = net_.node("Mul", {value, net_.constant(shape, std::move(scales))});
    return net_.node("Add", {scaled, net_.constant(shape, std::move(shifts))});
  }

  void take_inputs() {
    const ValueId image = affine(net_.input(), network_.scale_in);
    if (network_.inputs == 1) {
      planes_.push_back(image);
      return;
    }
    for (std::int64_t channel = 0; channel < network_.inputs; ++channel)
      planes_.push_back(
          net_.node("Gather", {image, net_.integers({channel})}, {{"axis", std::int64_t{1}}}));
  }

  ValueId joined(std::vector<ValueId> planes) {
    if (planes.size() == 1) return planes.front();
    return net_.node("Concat", std::move(planes), {{"axis", std::int64_t{1}}});
  }

  void add_layer(const msd::Layer& layer) {
    std::vector<ValueId> sources;
    std::vector<float> weights;
    for (const auto& edge : layer.edges) {
      sources.push_back(planes_[static_cast<std::size_t>(edge.source)]);
      weights.insert(weights.end(), edge.kernel.begin(), edge.kernel.end());
    }
    const auto count = static_cast<std::int64_t>(sources.size());
    const ValueId convolved =
        net_.node("Conv",
                  {joined(std::move(sources)), net_.constant({1, count, 3, 3}, std::move(weights)),
                   net_.constant({1}, {layer.bias})},
                  {{"kernel_shape", Extents(2, 3)},
                   {"dilations", Extents(2, layer.dilation)},
                   {"pads", Extents(4, layer.dilation)}});
    planes_.push_back(net_.node("Relu", {convolved}));
  }

  ValueId add_last() {
    const Shape shape{network_.outputs, network_.planes(), 1, 1};
    return affine(net_.node("Conv",
                            {joined(planes_), net_.constant(shape, network_.final_weights),
                             net_.constant({network_.outputs}, network_.final_biases)},
                            {{"kernel_shape", Extents(2, 1)}}),
                  network_.scale_out);
  }

  ValueId ended(ValueId scores) {
    using msd::Output;
    const char* type = network_.output == Output::softmax       ? "Softmax"
                       : network_.output == Output::log_softmax ? "LogSoftmax"
                       : network_.output == Output::arg_max     ? "ArgMax"
                                                                : "";
    return *type == '\0' ? scores : net_.node(type, {scores}, {{"axis", std::int64_t{1}}});
  }

  const msd::Network& network_;
  GraphBuilder net_;
  std::vector<ValueId> planes_;
};

}  // namespace

Graph msd_graph(const msd::Network& network) {
  return MsdGraphWriter(network).write();
}

}  // namespace slicecast::nn
