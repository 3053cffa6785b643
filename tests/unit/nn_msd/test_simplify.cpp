#include <catch2/catch.hpp>

#include "common/nn/msd/random_network.h"
#include "common/nn/msd/reference.h"
#include "common/nn/msd/simplify.h"
#include "tests/unit/nn_msd/images.h"

namespace slicecast::nn::msd {

TEST_CASE("planes without edges, without readers and without weight leave no plane behind") {
  const auto border = GENERATE(Border::symmetric, Border::zeros);
  Network network = random_network({.layers = 9, .outputs = 2});
  network.border = border;
  network.layers[2].edges.clear();  // plane 3: a constant
  network.layers[2].bias = 0.7f;
  network.layers[4].edges.clear();  // plane 5: the constant zero
  network.layers[4].bias = -1;
  for (std::size_t p : {7u, 17u}) network.final_weights[p] = 0;  // plane 7: of no use
  for (Layer& layer : network.layers)
    for (Edge& edge : layer.edges)
      if (edge.source == 7) edge.kernel.fill(0);
  REQUIRE(validate(network));
  const Network simple = simplify(network);
  REQUIRE(validate(simple));
  CHECK(simple.planes() == (border == Border::zeros ? 8 : 7));
  const auto input = noise(1, 12, 13);
  const auto expected = run_reference(network, read_only(input));
  const auto values = run_reference(simple, read_only(input));
  CHECK(difference({values.begin(), values.end()}, expected) < 1e-6);
  CHECK(difference(run_engine(network, input, 1).pixels, expected) < 1e-5);
}

TEST_CASE("a network of constants only is computed, too") {
  Network network;
  network.outputs = 2;
  network.layers.resize(3);
  network.layers[1].bias = 2;
  network.final_weights = {0, 1, 1, 0, 0, 0, 3, 0};
  network.final_biases = {1, -1};
  const Network simple = simplify(network);
  CHECK(simple.layers.empty());
  CHECK(simple.final_biases == std::vector<float>{3, 5});
  const auto values = run_engine(network, noise(1, 2, 3), 1).pixels;
  CHECK(values == std::vector<float>{3, 3, 3, 3, 3, 3, 5, 5, 5, 5, 5, 5});
}

}  // namespace slicecast::nn::msd
