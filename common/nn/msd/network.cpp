#include "common/nn/msd/network.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

namespace slicecast::nn::msd {
namespace {

constexpr Border kBorders[] = {Border::symmetric, Border::reflect, Border::replicate,
                               Border::zeros};

Error refused(std::string message) {
  return {Errc::invalid_argument, "MS-D network: " + std::move(message)};
}

Result<void> finite_affines(const std::vector<Affine>& affines, int channels, const char* where) {
  if (!affines.empty() && affines.size() != static_cast<std::size_t>(channels))
    return refused(std::string(where) + " needs one scale and shift per channel, or none at all");
  for (const Affine& affine : affines)
    if (!std::isfinite(affine.scale) || !std::isfinite(affine.shift))
      return refused(std::string(where) + " is not finite; export the model again");
  return {};
}

Result<void> validate_layer(const Layer& layer, int index, int own_plane) {
  const std::string name = "layer " + std::to_string(index);
  if (layer.dilation < 1 || layer.dilation > kMostDilation)
    return refused(name + " has dilation " + std::to_string(layer.dilation) + "; use 1 to " +
                   std::to_string(kMostDilation));
  if (!std::isfinite(layer.bias)) return refused(name + " has a bias that is not finite");
  for (const Edge& edge : layer.edges) {
    if (edge.source < 0 || edge.source >= own_plane)
      return refused(name + " reads plane " + std::to_string(edge.source) +
                     "; only planes before its own, " + std::to_string(own_plane) +
                     ", can be read");
    if (!std::ranges::all_of(edge.kernel, [](float weight) { return std::isfinite(weight); }))
      return refused(name + " has a weight that is not finite; export the model again");
  }
  return {};
}

}  // namespace

std::size_t Network::edge_count() const {
  std::size_t count = 0;
  for (const Layer& layer : layers) count += layer.edges.size();
  return count;
}

Result<void> validate(const Network& network) {
  if (network.inputs < 1) return refused("it has no input channel");
  if (network.inputs > kMostPlanes ||
      network.layers.size() > static_cast<std::size_t>(kMostPlanes - network.inputs))
    return refused("more than " + std::to_string(kMostPlanes) + " planes; use fewer layers");
  if (network.outputs < 1 || network.outputs > kMostOutputs)
    return refused(std::to_string(network.outputs) + " output channels; use 1 to " +
                   std::to_string(kMostOutputs));
  if (auto ok = finite_affines(network.scale_in, network.inputs, "the input scaling"); !ok)
    return ok;
  if (auto ok = finite_affines(network.scale_out, network.outputs, "the output scaling"); !ok)
    return ok;
  for (int i = 0; i < static_cast<int>(network.layers.size()); ++i)
    if (auto ok =
            validate_layer(network.layers[static_cast<std::size_t>(i)], i, network.inputs + i);
        !ok)
      return ok;
  const auto outputs = static_cast<std::size_t>(network.outputs);
  if (network.final_weights.size() != outputs * static_cast<std::size_t>(network.planes()))
    return refused("the last layer needs " + std::to_string(network.planes()) +
                   " weights per output channel");
  if (network.final_biases.size() != outputs)
    return refused("the last layer needs one bias per output channel");
  const auto finite = [](float value) { return std::isfinite(value); };
  if (!std::ranges::all_of(network.final_weights, finite) ||
      !std::ranges::all_of(network.final_biases, finite))
    return refused("the last layer has a weight that is not finite; export the model again");
  return {};
}

int border_position(Border border, int position, int size) {
  if (position >= 0 && position < size) return position;
  switch (border) {
    case Border::zeros: return -1;
    case Border::replicate: return std::clamp(position, 0, size - 1);
    case Border::symmetric: {
      const int period = 2 * size;
      const int folded = (position % period + period) % period;
      return folded < size ? folded : period - 1 - folded;
    }
    case Border::reflect: {
      if (size == 1) return 0;
      const int period = 2 * (size - 1);
      const int folded = (position % period + period) % period;
      return folded < size ? folded : period - folded;
    }
  }
  return -1;
}

const char* to_string(Border border) {
  switch (border) {
    case Border::symmetric: return "symmetric";
    case Border::reflect: return "reflect";
    case Border::replicate: return "replicate";
    case Border::zeros: return "zeros";
  }
  return "unknown";
}

Result<Border> parse_border(const char* name) {
  for (Border border : kBorders)
    if (std::string_view(name) == to_string(border)) return border;
  return Error{Errc::invalid_argument,
               "border mode \"" + std::string(name) +
                   "\" is unknown; use symmetric, reflect, replicate or zeros"};
}

}  // namespace slicecast::nn::msd
