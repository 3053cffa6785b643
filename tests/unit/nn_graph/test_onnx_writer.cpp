#include "common/nn/graph/onnx_writer.h"

#include <algorithm>

#include "common/nn/graph/model.h"
#include "common/nn/graph/msd_graph.h"
#include "common/nn/graph/onnx_reader.h"
#include "common/nn/graph/passes.h"
#include "common/nn/graph/tomogan.h"
#include "common/nn/msd/random_network.h"
#include "common/nn/msd/simplify.h"

using namespace slicecast;
using nn::msd::Border;
using nn::msd::Output;

namespace {

nn::Graph written_and_read(const nn::Graph& graph) {
  const auto bytes = nn::write_onnx(graph);
  REQUIRE(bytes);
  auto read = nn::read_onnx(*bytes);
  INFO((read ? std::string() : read.error().message));
  REQUIRE(read);
  return std::move(*read);
}

nn::msd::Network network_of(Border border, Output output, int inputs) {
  auto network = nn::msd::simplify(nn::msd::random_network(
      {.inputs = inputs, .layers = 12, .outputs = 3, .dilations = 4, .edges = 0.4}));
  network.border = border;
  network.output = output;
  network.scale_in.assign(static_cast<std::size_t>(inputs), {2.0F, -0.5F});
  network.scale_out.assign(3, {0.25F, 1.0F});
  return network;
}

bool same_weights(const nn::msd::Network& a, const nn::msd::Network& b) {
  return std::ranges::equal(a.layers, b.layers,
                            [](const nn::msd::Layer& one, const nn::msd::Layer& other) {
                              return one.dilation == other.dilation && one.bias == other.bias &&
                                     std::ranges::equal(
                                         one.edges, other.edges, [](const auto& p, const auto& q) {
                                           return p.source == q.source && p.kernel == q.kernel;
                                         });
                            }) &&
         a.final_weights == b.final_weights && a.final_biases == b.final_biases;
}

}  // namespace

TEST_CASE("a graph in which passes fused what ONNX has no operator for is not written") {
  nn::Graph graph = nn::make_tomogan(1);
  REQUIRE(nn::simplify(graph));
  const auto bytes = nn::write_onnx(graph);
  REQUIRE_FALSE(bytes);
  CHECK(bytes.error().code == Errc::unsupported);
  CHECK_THAT(bytes.error().message, Catch::Matchers::Contains("(Conv)"));
}

TEST_CASE("a network that was written and read gives the same answer") {
  const auto built = nn::Model::from_graph(nn::make_tomogan(3), {"reference"});
  const auto read = nn::Model::from_graph(written_and_read(nn::make_tomogan(3)), {"reference"});
  REQUIRE((built && read));
  std::vector<float> image(16 * 24);
  for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<float>(i % 11) / 5 - 1;
  const auto expected = built->run(image, 16, 24, 1), found = read->run(image, 16, 24, 1);
  REQUIRE((expected && found));
  CHECK(expected->values == found->values);
}

TEST_CASE("a mixed-scale dense network as a graph in a file is found again, weight by weight") {
  for (const Border border : {Border::symmetric, Border::reflect, Border::replicate, Border::zeros})
    for (const Output output :
         {Output::linear, Output::softmax, Output::log_softmax, Output::arg_max})
      for (const int inputs : {1, 2}) {
        const auto network = network_of(border, output, inputs);
        const auto model = nn::Model::from_graph(written_and_read(nn::msd_graph(network)));
        REQUIRE(model);
        const auto* found = model->network();
        REQUIRE(found != nullptr);
        CHECK(found->border == border);
        CHECK(found->output == output);
        CHECK(found->inputs == inputs);
        REQUIRE(found->scale_in.size() == network.scale_in.size());
        CHECK(found->scale_in[0].scale == 2.0F);
        CHECK(found->scale_in[0].shift == -0.5F);
        REQUIRE(found->scale_out.size() == 3);
        CHECK(found->scale_out[2].shift == 1.0F);
        CHECK(same_weights(*found, network));
      }
}
