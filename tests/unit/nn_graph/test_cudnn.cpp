// Networks through cuDNN's interface, on a card that is pretended by a library of the test.
#include <cmath>
#include <cstdlib>
#include <random>
#include <string>

#include <catch2/catch.hpp>

#include "common/nn/graph/cudnn/executor.h"
#include "common/nn/graph/graph_builder.h"
#include "common/nn/graph/passes.h"
#include "common/nn/graph/plan.h"
#include "common/nn/graph/tomogan.h"

#if __has_include(<cudnn.h>)
#include <cudnn.h>
#endif

using namespace slicecast;
using Catch::Matchers::Contains;
using Words = std::vector<std::int64_t>;

namespace {

const std::string kCard = SLICECAST_PRETENDED_CARD;

std::vector<float> draws(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(random() % 2001) / 1000 - 1;
  return values;
}

std::vector<float> answer(const nn::Graph& graph, const nn::Shape& shape,
                          const nn::NetworkBackend& backend) {
  auto plan = nn::specialize(graph, shape);
  REQUIRE(plan);
  std::vector<float> output(static_cast<std::size_t>(*nn::element_count(plan->output_shape())));
  auto executor = backend.compile(std::move(*plan), 1);
  INFO((executor ? std::string() : executor.error().message));
  REQUIRE(executor);
  const auto input = draws(static_cast<std::size_t>(*nn::element_count(shape)), 7);
  for (int twice = 0; twice < 2; ++twice) REQUIRE((*executor)->run(input, output));
  return output;
}

void check_agrees(nn::Graph graph, const nn::Shape& shape) {
  REQUIRE(nn::simplify(graph));
  const auto library = nn::cudnn::Library::load(kCard, kCard);
  REQUIRE(library);
  const auto card = answer(graph, shape, *nn::cudnn::make_backend(*library));
  const auto expected = answer(graph, shape, **nn::find_network_backend("reference"));
  REQUIRE(card.size() == expected.size());
  double most = 0, error = 0;
  for (std::size_t i = 0; i < card.size(); ++i) {
    most = std::max(most, std::abs(static_cast<double>(expected[i])));
    error = std::max(error, std::abs(static_cast<double>(card[i]) - expected[i]));
  }
  CHECK(error <= 1e-5 * most);
}

nn::ValueId weights(nn::GraphBuilder& net, const nn::Shape& shape, unsigned seed) {
  return net.constant(shape, draws(static_cast<std::size_t>(*nn::element_count(shape)), seed));
}

}  // namespace

TEST_CASE("that cuDNN, the driver or a card is not there is told in one line") {
  const auto told = [](const char* cudnn, const std::string& driver) {
    const auto found = nn::cudnn::Library::load(cudnn, driver);
    REQUIRE_FALSE(found);
    CHECK(found.error().code == Errc::unavailable);
    CHECK(found.error().message.find('\n') == std::string::npos);
    CHECK_THAT(found.error().message, Contains("networks run on the CPU"));
    return found.error().message;
  };
  CHECK_THAT(told("libno.so.9", kCard), Contains("libno.so.9"));
  CHECK_THAT(told(kCard.c_str(), "libno.so.1"), Contains("libno.so.1"));
  CHECK_THAT(told("libm.so.6", kCard), Contains("the library is none"));
  setenv("SLICECAST_NO_CARD", "1", 1);
  CHECK_THAT(told(kCard.c_str(), kCard), Contains("no card"));
  unsetenv("SLICECAST_NO_CARD");
  setenv("SLICECAST_CUDNN_VERSION", "8907", 1);
  CHECK_THAT(told(kCard.c_str(), kCard), Contains("8907"));
  unsetenv("SLICECAST_CUDNN_VERSION");
  const auto found = nn::cudnn::Library::load(kCard, kCard);
  REQUIRE(found);
  CHECK((*found)->description() == "cudnn 9.14.0 (pretended card)");
}

TEST_CASE("a network that the card has no memory for is refused with the remedy") {
  nn::GraphBuilder net({1, 1, -1, -1});
  nn::Graph graph = std::move(net).finish(net.node("Relu", {net.input()}));
  auto plan = nn::specialize(graph, {1, 1, 8192, 8192});
  REQUIRE(plan);
  const auto library = nn::cudnn::Library::load(kCard, kCard);
  const auto refused = nn::cudnn::make_backend(*library)->compile(std::move(*plan), 1);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::resource_exhausted);
  CHECK_THAT(refused.error().message, Contains("smaller image"));
}

TEST_CASE("convolutions of any stride, dilation, group and pad agree with the reference") {
  for (const auto& [strides, dilations, pads] :
       {std::tuple{Words{1, 1}, Words{1, 1}, Words{1, 1, 1, 1}},
        {Words{2, 1}, Words{1, 3}, Words{1, 3, 1, 3}},
        {Words{2, 2}, Words{1, 1}, Words{0, 1, 2, 3}},  // uneven: on the host
        {Words{3, 2}, Words{2, 1}, Words{0, 0, 0, 0}}})
    for (const std::int64_t groups : {1, 2}) {
      CAPTURE(groups, strides, dilations, pads);
      nn::GraphBuilder net({1, 4, -1, -1});
      const auto made = net.node(
          "Conv", {net.input(), weights(net, {6, 4 / groups, 3, 3}, 1), weights(net, {6}, 2)},
          {{"strides", strides}, {"dilations", dilations}, {"pads", pads}, {"group", groups}});
      check_agrees(std::move(net).finish(net.node("Relu", {made})), {1, 4, 17, 23});
    }
}

TEST_CASE("a convolution that cuDNN has a workspace but no engine for is computed on the host") {
  setenv("SLICECAST_CUDNN_NO_ENGINE", "1", 1);
  nn::GraphBuilder net({1, 4, -1, -1});
  const auto made = net.node("Conv", {net.input(), weights(net, {6, 4, 3, 3}, 1)});
  check_agrees(std::move(net).finish(net.node("Tanh", {made})), {1, 4, 17, 23});
  unsetenv("SLICECAST_CUDNN_NO_ENGINE");
}

TEST_CASE("transposed convolutions agree with the reference") {
  for (const auto& [strides, pads, more] : {std::tuple{Words{2, 2}, Words{0, 0, 0, 0}, Words{0, 0}},
                                            {Words{2, 2}, Words{1, 1, 1, 1}, Words{1, 1}},
                                            {Words{1, 3}, Words{1, 0, 1, 0}, Words{0, 2}}}) {
    CAPTURE(strides, pads, more);
    nn::GraphBuilder net({1, 3, -1, -1});
    const auto made = net.node("ConvTranspose",
                               {net.input(), weights(net, {3, 5, 3, 3}, 1), weights(net, {5}, 2)},
                               {{"strides", strides}, {"pads", pads}, {"output_padding", more}});
    check_agrees(std::move(net).finish(made), {1, 3, 9, 8});
  }
}

TEST_CASE("pools, activations, sums, products, joins and softmax agree with the reference") {
  const Words two{2, 2}, ones{1, 1, 1, 1};
  for (const char* type : {"MaxPool", "AveragePool"}) {
    nn::GraphBuilder net({1, 3, -1, -1});
    const auto pooled = net.node(type, {net.input()},
                                 {{"kernel_shape", Words{3, 3}}, {"strides", two}, {"pads", ones}});
    const auto bent = net.node("Sigmoid", {pooled});
    const auto sum = net.node("Add", {pooled, bent});
    const auto product = net.node("Mul", {sum, net.node("Tanh", {bent})});
    const auto leaky = net.node("LeakyRelu", {product});  // on the host
    const auto joined = net.node("Concat", {leaky, pooled, sum}, {{"axis", std::int64_t{1}}});
    check_agrees(
        std::move(net).finish(net.node("LogSoftmax", {joined}, {{"axis", std::int64_t{1}}})),
        {1, 3, 18, 13});
  }
}

TEST_CASE("a network of TomoGAN's size agrees with the reference") {
  check_agrees(nn::make_tomogan(3), {1, 1, 16, 24});
}

#if __has_include(<cudnn.h>)
TEST_CASE("the numbers that were written down by hand are those of NVIDIA's header") {
  using namespace nn::cudnn;
  CHECK(kFloat == CUDNN_DATA_FLOAT);
  CHECK(kNchw == CUDNN_TENSOR_NCHW);
  CHECK(kCrossCorrelation == CUDNN_CROSS_CORRELATION);
  CHECK(kPropagateNan == CUDNN_PROPAGATE_NAN);
  CHECK(kFmaMath == CUDNN_FMA_MATH);
  CHECK(kForwardPrecomputedGemm == CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM);
  CHECK(kForwardGemm == CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM);
  CHECK(kBackwardDeterministic == CUDNN_CONVOLUTION_BWD_DATA_ALGO_1);
  CHECK(kBackwardAny == CUDNN_CONVOLUTION_BWD_DATA_ALGO_0);
  CHECK(kSigmoid == CUDNN_ACTIVATION_SIGMOID);
  CHECK(kRelu == CUDNN_ACTIVATION_RELU);
  CHECK(kTanh == CUDNN_ACTIVATION_TANH);
  CHECK(kMaximum == CUDNN_POOLING_MAX);
  CHECK(kAverageWithPads == CUDNN_POOLING_AVERAGE_COUNT_INCLUDE_PADDING);
  CHECK(kAverageWithoutPads == CUDNN_POOLING_AVERAGE_COUNT_EXCLUDE_PADDING);
  CHECK(kSoftmaxAccurate == CUDNN_SOFTMAX_ACCURATE);
  CHECK(kSoftmaxLog == CUDNN_SOFTMAX_LOG);
  CHECK(kSoftmaxOfChannels == CUDNN_SOFTMAX_MODE_CHANNEL);
  CHECK(kAdd == CUDNN_OP_TENSOR_ADD);
  CHECK(kMultiply == CUDNN_OP_TENSOR_MUL);
}
#endif
