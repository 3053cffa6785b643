#include "common/nn/msd/simplify.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

namespace slicecast::nn::msd {
namespace {

bool all_zero(const std::array<float, 9>& kernel) {
  return std::ranges::all_of(kernel, [](float weight) { return weight == 0; });
}

// Moves constants, and planes that turn out to be one, into the biases of their readers.
void fold_constants(Network& network) {
  const auto inputs = static_cast<std::size_t>(network.inputs);
  std::vector<std::optional<double>> constants(static_cast<std::size_t>(network.planes()));
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    Layer& layer = network.layers[i];
    double bias = layer.bias;
    std::erase_if(layer.edges, [&](const Edge& edge) {
      const auto& constant = constants[static_cast<std::size_t>(edge.source)];
      if (all_zero(edge.kernel)) return true;
      if (!constant || (network.border == Border::zeros && *constant != 0)) return false;
      bias += *constant * std::accumulate(edge.kernel.begin(), edge.kernel.end(), 0.0);
      return true;
    });
    layer.bias = static_cast<float>(bias);
    if (layer.edges.empty()) constants[inputs + i] = std::max(0.0, bias);
  }
  const std::size_t planes = constants.size();
  for (std::size_t c = 0; c < network.final_biases.size(); ++c) {
    double bias = network.final_biases[c];
    for (std::size_t p = 0; p < planes; ++p)
      if (constants[p])
        bias += *constants[p] * std::exchange(network.final_weights[c * planes + p], 0.0f);
    network.final_biases[c] = static_cast<float>(bias);
  }
}

std::vector<bool> planes_that_reach_the_output(const Network& network) {
  const auto inputs = static_cast<std::size_t>(network.inputs);
  const auto planes = static_cast<std::size_t>(network.planes());
  std::vector<bool> reach(planes);
  for (std::size_t i = 0; i < network.final_weights.size(); ++i)
    if (network.final_weights[i] != 0) reach[i % planes] = true;
  for (std::size_t i = network.layers.size(); i-- > 0;)
    if (reach[inputs + i])
      for (const Edge& edge : network.layers[i].edges)
        reach[static_cast<std::size_t>(edge.source)] = true;
  for (std::size_t i = 0; i < inputs; ++i) reach[i] = true;
  return reach;
}

}  // namespace

Network simplify(const Network& network) {
  Network result = network;
  fold_constants(result);
  const std::vector<bool> reach = planes_that_reach_the_output(result);
  std::vector<int> renumbered(reach.size());
  int next = 0;
  for (std::size_t p = 0; p < reach.size(); ++p)
    if (reach[p]) renumbered[p] = next++;

  const auto inputs = static_cast<std::size_t>(network.inputs);
  std::vector<Layer> layers;
  for (std::size_t i = 0; i < result.layers.size(); ++i)
    if (reach[inputs + i]) layers.push_back(std::move(result.layers[i]));
  for (Layer& layer : layers)
    for (Edge& edge : layer.edges) edge.source = renumbered[static_cast<std::size_t>(edge.source)];
  result.layers = std::move(layers);

  std::vector<float> weights;
  for (std::size_t i = 0; i < result.final_weights.size(); ++i)
    if (reach[i % reach.size()]) weights.push_back(result.final_weights[i]);
  result.final_weights = std::move(weights);
  return result;
}

}  // namespace slicecast::nn::msd
