#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "common/nn/msd/network.h"
#include "common/nn/msd/random_network.h"

namespace slicecast::nn::msd {
namespace {

Network small() {
  return random_network({.inputs = 2, .layers = 3, .outputs = 2});
}

std::string fault(const Network& network) {
  const auto result = validate(network);
  return result ? "" : result.error().message;
}

}  // namespace

TEST_CASE("a network that cannot be computed is refused with what is wrong") {
  Network network = small();
  REQUIRE(fault(network).empty());
  using Catch::Matchers::Contains;
  SECTION("source not before the layer") {
    network.layers[1].edges[0].source = 3;
    CHECK_THAT(fault(network), Contains("layer 1 reads plane 3"));
  }
  SECTION("negative source") {
    network.layers[2].edges[0].source = -1;
    CHECK_THAT(fault(network), Contains("plane -1"));
  }
  SECTION("dilation") {
    network.layers[0].dilation = 0;
    CHECK_THAT(fault(network), Contains("dilation 0"));
  }
  SECTION("huge dilation") {
    network.layers[0].dilation = kMostDilation + 1;
    CHECK_THAT(fault(network), Contains("use 1 to"));
  }
  SECTION("weight of a kernel") {
    network.layers[0].edges[0].kernel[8] = NAN;
    CHECK_THAT(fault(network), Contains("layer 0"));
  }
  SECTION("bias") {
    network.layers[0].bias = std::numeric_limits<float>::infinity();
    CHECK_THAT(fault(network), Contains("bias"));
  }
  SECTION("weights of the last layer") {
    network.final_weights.pop_back();
    CHECK_THAT(fault(network), Contains("5 weights per output channel"));
  }
  SECTION("value in the last layer") {
    network.final_weights[3] = NAN;
    CHECK_THAT(fault(network), Contains("not finite"));
  }
  SECTION("biases of the last layer") {
    network.final_biases.push_back(0);
    CHECK_THAT(fault(network), Contains("one bias per output"));
  }
  SECTION("scales of some channels only") {
    network.scale_in = {{}};
    CHECK_THAT(fault(network), Contains("input scaling"));
  }
  SECTION("scale that is no number") {
    network.scale_out = {{}, {NAN, 0}};
    CHECK_THAT(fault(network), Contains("output scaling"));
  }
  SECTION("channels") {
    network.inputs = 0;
    CHECK_THAT(fault(network), Contains("no input channel"));
  }
  SECTION("labels that a byte does not hold") {
    network.outputs = 257;
    CHECK_THAT(fault(network), Contains("257 output channels"));
  }
  SECTION("planes") {
    network.inputs = kMostPlanes + 1;
    CHECK_THAT(fault(network), Contains("planes"));
  }
}

TEST_CASE("an unknown border mode is refused with the known ones") {
  const auto border = parse_border("mirror");
  REQUIRE_FALSE(border);
  CHECK(border.error().message ==
        "border mode \"mirror\" is unknown; use symmetric, reflect, replicate or zeros");
  for (Border mode : {Border::symmetric, Border::reflect, Border::replicate, Border::zeros})
    CHECK(*parse_border(to_string(mode)) == mode);
}

TEST_CASE("borders continue a row to any distance as NumPy's pad does") {
  const auto continued = [](Border border, int size) {
    std::vector<int> positions;
    for (int i = -5; i < size + 5; ++i) positions.push_back(border_position(border, i, size));
    return positions;
  };
  using Positions = std::vector<int>;
  CHECK(continued(Border::symmetric, 3) == Positions{1, 2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0, 1});
  CHECK(continued(Border::reflect, 3) == Positions{1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1});
  CHECK(continued(Border::replicate, 2) == Positions{0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1});
  CHECK(continued(Border::zeros, 1) == Positions{-1, -1, -1, -1, -1, 0, -1, -1, -1, -1, -1});
  CHECK(continued(Border::reflect, 1) == Positions(11, 0));
  CHECK(continued(Border::symmetric, 1) == Positions(11, 0));
}

TEST_CASE("random networks have the asked share of edges, all on chains to the output") {
  const Network dense = random_network({});
  CHECK(dense.edge_count() == 5050);
  for (const auto& [share, edges] : {std::pair{0.05, 253u}, {0.025, 126u}}) {
    const Network network = random_network({.edges = share, .seed = 3});
    REQUIRE(validate(network));
    CHECK(network.edge_count() == edges);
    std::vector<bool> used(static_cast<std::size_t>(network.planes()));
    for (std::size_t p = 0; p < used.size(); ++p) used[p] = network.final_weights[p] != 0;
    for (std::size_t i = network.layers.size(); i-- > 0;) {
      CHECK((network.layers[i].edges.empty() || used[i + 1]));
      for (const Edge& edge : network.layers[i].edges)
        used[static_cast<std::size_t>(edge.source)] = true;
    }
    for (const Layer& layer : network.layers)
      for (const Edge& edge : layer.edges)
        CHECK((edge.source == 0 ||
               !network.layers[static_cast<std::size_t>(edge.source - 1)].edges.empty()));
    CHECK(random_network({.edges = share, .seed = 3}).final_weights == network.final_weights);
    CHECK(random_network({.edges = share, .seed = 4}).final_weights != network.final_weights);
  }
}

}  // namespace slicecast::nn::msd
