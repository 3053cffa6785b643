#include "tests/unit/nn_msd/check_vector.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <fstream>

#include "tests/support/test_data.h"

namespace slicecast::nn::msd {
namespace {

template <class T>
std::vector<T> read(std::ifstream& file, int count) {
  std::vector<T> values(static_cast<std::size_t>(count));
  file.read(reinterpret_cast<char*>(values.data()),
            static_cast<std::streamsize>(values.size() * sizeof(T)));
  REQUIRE(file);
  return values;
}

Affine read_affine(std::ifstream& file) {
  const auto values = read<float>(file, 2);
  return {values[0], values[1]};
}

Layer read_layer(std::ifstream& file, int index) {
  Layer layer;
  layer.dilation = 1 + index % 10;
  const int count = read<std::int32_t>(file, 1)[0];
  const auto sources = read<std::int32_t>(file, count);
  const auto weights = read<float>(file, 9 * count);
  for (int k = 0; k < count; ++k) {
    Edge edge{sources[static_cast<std::size_t>(k)], {}};
    std::copy_n(weights.begin() + 9 * k, 9, edge.kernel.begin());
    layer.edges.push_back(edge);
  }
  return layer;
}

}  // namespace

std::optional<CheckVector> read_check_vector(const std::string& name, bool regression) {
  const auto path = testing::test_data(name);
  if (!path) return std::nullopt;
  std::ifstream file(*path, std::ios::binary);
  const auto head = read<std::int32_t>(file, 4);
  CheckVector check;
  Network& network = check.network;
  network.outputs = head[1];
  check.rows = head[2];
  check.columns = head[3];
  network.scale_in = {read_affine(file)};
  if (regression) network.scale_out = {read_affine(file)};
  for (int i = 0; i < head[0]; ++i) network.layers.push_back(read_layer(file, i));
  const auto biases = read<float>(file, head[0]);
  for (std::size_t i = 0; i < biases.size(); ++i) network.layers[i].bias = biases[i];
  network.final_weights = read<float>(file, network.outputs * network.planes());
  network.final_biases = read<float>(file, network.outputs);
  network.output = regression ? Output::linear : Output::log_softmax;
  check.input = read<float>(file, check.rows * check.columns);
  check.output = read<float>(file, network.outputs * check.rows * check.columns);
  REQUIRE(file.peek() == std::ifstream::traits_type::eof());
  REQUIRE(validate(network));
  return check;
}

}  // namespace slicecast::nn::msd
