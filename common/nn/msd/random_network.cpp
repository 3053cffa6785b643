#include "common/nn/msd/random_network.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <utility>

namespace slicecast::nn::msd {
namespace {

// Distributions of the standard library differ between platforms; the generator does not.
class Draw {
 public:
  explicit Draw(std::uint32_t seed) : bits_(seed) {}
  int below(int count) {
    return static_cast<int>(
        (static_cast<std::uint64_t>(bits_()) * static_cast<std::uint64_t>(count)) >> 32);
  }
  float weight(double reach) {
    return static_cast<float>((static_cast<double>(bits_()) * 0x1p-31 - 1) * reach);
  }

 private:
  std::mt19937 bits_;
};

// Pairs of (own plane, source plane) of the layers, in order.
using Links = std::set<std::pair<int, int>>;

Links dense_links(int inputs, int planes) {
  Links links;
  for (int own = inputs; own < planes; ++own)
    for (int source = 0; source < own; ++source) links.emplace(own, source);
  return links;
}

// Adds whole chains until there are `wanted` links; `ends` collects the planes they end on.
Links chain_links(int inputs, int planes, std::size_t wanted, Draw& draw, std::set<int>& ends) {
  Links links;
  while (links.size() < wanted) {
    int at = draw.below(inputs);
    for (;;) {
      const int next = std::max(at + 1, inputs) + draw.below(planes - std::max(at + 1, inputs) + 1);
      if (next == planes) break;
      if (links.size() < wanted) links.emplace(next, at);
      at = next;
      if (links.size() == wanted) break;
    }
    ends.insert(at);
  }
  return links;
}

}  // namespace

Network random_network(const RandomShape& shape) {
  Draw draw(shape.seed);
  Network network;
  network.inputs = shape.inputs;
  network.outputs = shape.outputs;
  network.layers.resize(static_cast<std::size_t>(shape.layers));
  const int planes = network.planes();
  Links links = dense_links(shape.inputs, planes);
  std::set<int> ends;
  if (shape.edges < 1)
    links = chain_links(shape.inputs, planes,
                        static_cast<std::size_t>(
                            static_cast<double>(links.size()) * std::max(0.0, shape.edges) + 0.5),
                        draw, ends);
  else
    for (int plane = 0; plane < planes; ++plane) ends.insert(plane);
  for (int i = 0; i < shape.layers; ++i) {
    Layer& layer = network.layers[static_cast<std::size_t>(i)];
    layer.dilation = 1 + i % std::max(1, shape.dilations);
    layer.bias = draw.weight(0.1);
  }
  for (const auto& [own, source] : links)
    network.layers[static_cast<std::size_t>(own - shape.inputs)].edges.push_back({source, {}});
  for (Layer& layer : network.layers)
    for (Edge& edge : layer.edges)
      for (float& weight : edge.kernel)
        weight = draw.weight(std::sqrt(0.7 / static_cast<double>(layer.edges.size())));
  for (int c = 0; c < shape.outputs; ++c) {
    for (int plane = 0; plane < planes; ++plane)
      network.final_weights.push_back(
          ends.contains(plane) ? draw.weight(1 / std::sqrt(static_cast<double>(ends.size()))) : 0);
    network.final_biases.push_back(draw.weight(0.1));
  }
  return network;
}

}  // namespace slicecast::nn::msd
