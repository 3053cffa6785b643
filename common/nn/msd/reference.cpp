#include "common/nn/msd/reference.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace slicecast::nn::msd {
namespace {

using Plane = std::vector<double>;

struct Size {
  int rows, columns;
  std::size_t pixels() const {
    return static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
  }
  std::size_t at(int row, int column) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(columns) +
           static_cast<std::size_t>(column);
  }
};

Plane scaled(const ImageView<const float>& image, Affine affine) {
  Plane plane;
  for (int r = 0; r < image.rows; ++r)
    for (const float value : image.row(r))
      plane.push_back(static_cast<double>(value) * affine.scale + affine.shift);
  return plane;
}

void add_edge(const Edge& edge, int dilation, Border border, Size size, const Plane& source,
              Plane& sum) {
  for (int r = 0; r < size.rows; ++r)
    for (int c = 0; c < size.columns; ++c)
      for (int tap = 0; tap < 9; ++tap) {
        const int row = border_position(border, r + (tap / 3 - 1) * dilation, size.rows);
        const int column = border_position(border, c + (tap % 3 - 1) * dilation, size.columns);
        if (row >= 0 && column >= 0)
          sum[size.at(r, c)] += static_cast<double>(edge.kernel[static_cast<std::size_t>(tap)]) *
                                source[size.at(row, column)];
      }
}

void apply_softmax(std::vector<double>& values, bool logarithm, int outputs, std::size_t pixels) {
  for (std::size_t i = 0; i < pixels; ++i) {
    const auto value = [&](int c) -> double& {
      return values[static_cast<std::size_t>(c) * pixels + i];
    };
    double most = value(0), total = 0;
    for (int c = 1; c < outputs; ++c) most = std::max(most, value(c));
    for (int c = 0; c < outputs; ++c) total += std::exp(value(c) - most);
    for (int c = 0; c < outputs; ++c) {
      const double log_share = value(c) - most - std::log(total);
      value(c) = logarithm ? log_share : std::exp(log_share);
    }
  }
}

std::vector<double> labels(const std::vector<double>& values, int outputs, std::size_t pixels) {
  std::vector<double> best(pixels);
  for (std::size_t i = 0; i < pixels; ++i) {
    std::size_t label = 0;
    for (std::size_t c = 1; c < static_cast<std::size_t>(outputs); ++c)
      if (values[c * pixels + i] > values[label * pixels + i]) label = c;
    best[i] = static_cast<double>(label);
  }
  return best;
}

}  // namespace

std::vector<double> run_reference(const Network& network,
                                  std::span<const ImageView<const float>> channels) {
  const Size size{channels.front().rows, channels.front().columns};
  std::vector<Plane> planes;
  for (std::size_t i = 0; i < channels.size(); ++i)
    planes.push_back(
        scaled(channels[i], network.scale_in.empty() ? Affine{} : network.scale_in[i]));
  for (const Layer& layer : network.layers) {
    Plane sum(size.pixels(), layer.bias);
    for (const Edge& edge : layer.edges)
      add_edge(edge, layer.dilation, network.border, size,
               planes[static_cast<std::size_t>(edge.source)], sum);
    for (double& value : sum) value = std::max(0.0, value);
    planes.push_back(std::move(sum));
  }
  std::vector<double> values;
  for (std::size_t c = 0; c < static_cast<std::size_t>(network.outputs); ++c) {
    Plane sum(size.pixels(), network.final_biases[c]);
    for (std::size_t p = 0; p < planes.size(); ++p) {
      const double weight = network.final_weights[c * planes.size() + p];
      for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += weight * planes[p][i];
    }
    const Affine affine = network.scale_out.empty() ? Affine{} : network.scale_out[c];
    for (double value : sum) values.push_back(value * affine.scale + affine.shift);
  }
  switch (network.output) {
    case Output::linear: break;
    case Output::softmax: apply_softmax(values, false, network.outputs, size.pixels()); break;
    case Output::log_softmax: apply_softmax(values, true, network.outputs, size.pixels()); break;
    case Output::arg_max: return labels(values, network.outputs, size.pixels());
  }
  return values;
}

}  // namespace slicecast::nn::msd
