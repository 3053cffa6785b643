#include <cmath>
#include <random>

#include "common/nn/graph/executor.h"
#include "common/nn/graph/graph_builder.h"
#include "common/nn/graph/passes.h"
#include "common/nn/graph/plan.h"

using namespace slicecast;
using Ints = std::vector<std::int64_t>;

namespace {

std::vector<float> uniform(std::size_t count, float least, float greatest, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> spread(least, greatest);
  std::vector<float> values(count);
  for (float& value : values) value = spread(random);
  return values;
}

std::vector<float> answer(const nn::Graph& graph, const nn::Shape& shape) {
  auto plan = nn::specialize(graph, shape);
  REQUIRE(plan);
  std::vector<float> out(static_cast<std::size_t>(*nn::element_count(plan->output_shape())));
  auto executor = (*nn::find_network_backend("reference"))->compile(std::move(*plan), 1);
  REQUIRE((*executor)->run(uniform(static_cast<std::size_t>(*nn::element_count(shape)), -1, 1, 9),
                           out));
  return out;
}

void require_same(const std::vector<float>& a, const std::vector<float>& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) REQUIRE(std::abs(a[i] - b[i]) < 1e-5F);
}

nn::ValueId normalization(nn::GraphBuilder& net, nn::ValueId from, std::int64_t channels) {
  const auto count = static_cast<std::size_t>(channels);
  return net.node("BatchNormalization", {from, net.constant({channels}, uniform(count, 0.5F, 2, 1)),
                                         net.constant({channels}, uniform(count, -1, 1, 2)),
                                         net.constant({channels}, uniform(count, -1, 1, 3)),
                                         net.constant({channels}, uniform(count, 0.5F, 2, 4))});
}

}  // namespace

TEST_CASE("a normalization that somebody else's value depends on stays") {
  nn::GraphBuilder net({1, 2, -1, -1});
  const auto w = net.constant({3, 2, 3, 3}, uniform(54, -1, 1, 5));
  const auto conv = net.node("Conv", {net.input(), w});
  const auto sum = net.node("Add", {normalization(net, conv, 3), conv});
  nn::Graph graph = std::move(net).finish(sum);
  const auto before = answer(graph, {1, 2, 7, 8});
  REQUIRE(nn::simplify(graph));
  CHECK(graph.nodes.size() == 3);
  require_same(answer(graph, {1, 2, 7, 8}), before);
}

TEST_CASE("normalization and activation become part of the convolution before them") {
  for (const char* type : {"Conv", "ConvTranspose"})
    for (const std::int64_t groups : {1, 2}) {
      nn::GraphBuilder net({1, 4, -1, -1});
      const nn::Shape weights = *type == 'C' && std::string(type) == "Conv"
                                    ? nn::Shape{6, 4 / groups, 3, 2}
                                    : nn::Shape{4, 6 / groups, 3, 2};
      const auto count = static_cast<std::size_t>(*nn::element_count(weights));
      const auto w = net.constant(weights, uniform(count, -1, 1, 5));
      const auto conv = net.node(type, {net.input(), w}, {{"group", groups}});
      const auto last = net.node("LeakyRelu", {normalization(net, conv, 6)}, {{"alpha", 0.3F}});
      nn::Graph graph = std::move(net).finish(last);
      const auto before = answer(graph, {1, 4, 7, 8});
      REQUIRE(nn::simplify(graph));
      CHECK(graph.nodes.size() == 1);
      CHECK(graph.nodes[0].activation.kind == nn::Activation::Kind::leaky_relu);
      require_same(answer(graph, {1, 4, 7, 8}), before);
    }
}

TEST_CASE("identities and what does not reach the output are removed") {
  nn::GraphBuilder net({1, 1, -1, -1});
  const auto same = net.node("Identity", {net.node("Dropout", {net.input()})});
  net.node("Sigmoid", {same});
  const auto last = net.node("Identity", {net.node("Relu", {same})});
  nn::Graph graph = std::move(net).finish(last);
  REQUIRE(nn::simplify(graph));
  REQUIRE(graph.nodes.size() == 1);
  CHECK(graph.nodes[0].type == "Relu");
  CHECK(graph.nodes[0].inputs[0] == graph.input);
}

TEST_CASE("what follows from constants is computed once, what follows from shapes per size") {
  nn::GraphBuilder net({1, 1, -1, -1});
  const auto two = net.node("Add", {net.constant({}, {1}), net.constant({}, {1})});
  const auto size = net.node("Shape", {net.input()});
  const auto half = net.node("Div", {size, net.integers({1, 1, 2, 2})});
  const auto small = net.node("Resize", {net.input(), nn::kAbsent, nn::kAbsent, half});
  const auto last = net.node("Mul", {small, two});
  nn::Graph graph = std::move(net).finish(last);
  REQUIRE(nn::simplify(graph));
  CHECK(graph.nodes.size() == 4);  // without the addition
  const auto plan = nn::specialize(graph, {1, 1, 10, 14});
  REQUIRE(plan);
  CHECK(plan->steps.size() == 2);
  CHECK(plan->output_shape() == nn::Shape{1, 1, 5, 7});
  CHECK_FALSE(nn::specialize(graph, {1, 1, 1, 14}));
}
