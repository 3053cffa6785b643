#include <algorithm>
#include <cmath>
#include <random>
#include <span>

#include "common/nn/graph/executor.h"
#include "common/nn/graph/graph_builder.h"
#include "common/nn/graph/model.h"
#include "common/nn/graph/passes.h"
#include "common/nn/graph/plan.h"
#include "common/nn/graph/tomogan.h"

using namespace slicecast;
using Ints = std::vector<std::int64_t>;

namespace {

std::vector<float> noise(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  std::ranges::generate(values, [&] { return normal(random); });
  return values;
}

std::vector<float> run(const nn::Graph& graph, const nn::Shape& shape, const char* backend,
                       int threads) {
  auto plan = nn::specialize(graph, shape);
  REQUIRE(plan);
  std::vector<float> output(static_cast<std::size_t>(*nn::element_count(plan->output_shape())));
  auto executor = (*nn::find_network_backend(backend))->compile(std::move(*plan), threads);
  REQUIRE(executor);
  const auto input = noise(static_cast<std::size_t>(*nn::element_count(shape)), 7);
  for (int twice = 0; twice < 2; ++twice) REQUIRE((*executor)->run(input, output));
  return output;
}

// Greatest difference in units of the greatest value.
double difference(const std::vector<float>& a, const std::vector<float>& b) {
  REQUIRE(a.size() == b.size());
  double greatest = 0, largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(b[i])));
    greatest = std::max(greatest, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
  }
  return greatest / largest;
}

nn::ValueId conv(nn::GraphBuilder& net, nn::ValueId from, int inputs, int outputs, unsigned seed) {
  const auto count = static_cast<std::size_t>(inputs * outputs * 9);
  auto weights = noise(count, seed);
  for (float& weight : weights) weight /= 3.0F * std::sqrt(static_cast<float>(inputs));
  const auto w = net.constant({outputs, inputs, 3, 3}, std::move(weights));
  return net.node("Conv", {from, w}, {{"pads", Ints{1, 1, 1, 1}}});
}

}  // namespace

TEST_CASE("an executor that does not exist is refused by name") {
  const auto found = nn::find_network_backend("abacus");
  REQUIRE_FALSE(found);
  CHECK_THAT(found.error().message, Catch::Matchers::Contains("abacus"));
  for (const auto& name : nn::network_backend_names()) {
    const auto one = nn::find_network_backend(name);
    if (name != "cudnn") CHECK(one);
    if (!one) CHECK(one.error().code == Errc::unavailable);
  }
  CHECK(nn::why_no_card().empty() == static_cast<bool>(nn::find_network_backend("cudnn")));
}

TEST_CASE("a network of TomoGAN's size has its parameters and one answer on all executors") {
  nn::Graph graph = nn::make_tomogan(3);
  std::size_t parameters = 0;
  for (const auto& node : graph.nodes)
    if (node.type == "Conv")
      for (const std::size_t i : {1, 2}) parameters += graph.constant(node.inputs[i])->size();
  CHECK(parameters == 694897);
  REQUIRE(nn::simplify(graph));
  // Large enough that the fast convolutions are taken.
  const nn::Shape shape{1, 1, 64, 72};
  const auto expected = run(graph, shape, "reference", 1);
  const auto once = run(graph, shape, "onednn", 1);
  CHECK(difference(once, expected) < 1e-5);
  CHECK(difference(run(graph, shape, "onednn", 2), expected) < 1e-5);
}

TEST_CASE("a growing concatenation is computed in place and read on its way") {
  nn::GraphBuilder net({1, 16, -1, -1});
  nn::ValueId all = net.input();
  for (unsigned i = 0; i < 4; ++i) {
    const auto made = net.node("Relu", {conv(net, all, 16 * static_cast<int>(i + 1), 16, i)});
    all = net.node("Concat", {all, made}, {{"axis", std::int64_t{1}}});
  }
  const auto again = net.node("Concat", {all, all}, {{"axis", std::int64_t{1}}});
  const auto sum = net.node("Add", {again, again});
  nn::Graph graph = std::move(net).finish(sum);
  REQUIRE(nn::simplify(graph));
  const nn::Shape shape{1, 16, 21, 34};
  CHECK(difference(run(graph, shape, "onednn", 2), run(graph, shape, "reference", 1)) < 1e-5);
}

TEST_CASE("the output may be the input itself") {
  nn::GraphBuilder net({1, 1, -1, -1});
  const auto image = net.input();
  const nn::Graph graph = std::move(net).finish(image);
  CHECK(run(graph, {1, 1, 5, 6}, "onednn", 1) == run(graph, {1, 1, 5, 6}, "reference", 1));
}

TEST_CASE("an image of any size is padded for the network and the answer cut back") {
  const auto model = nn::Model::from_graph(nn::make_tomogan(1));
  REQUIRE(model);
  CHECK(model->executor() == "onednn");
  for (const auto& [rows, columns] : {std::pair{37, 50}, {8, 8}, {1, 3}}) {
    const auto image = noise(static_cast<std::size_t>(rows * columns), 5);
    const auto answer = model->run(image, rows, columns, 1);
    REQUIRE(answer);
    CHECK(answer->rows == rows);
    CHECK(answer->columns == columns);
    CHECK(answer->values.size() == image.size());
  }
  CHECK_FALSE(model->run(noise(10, 1), 3, 4, 1));
  CHECK_FALSE(model->run({}, 0, 0, 1));
}

TEST_CASE("what lies far from the padding is not changed by it") {
  const auto model = nn::Model::from_graph(nn::make_tomogan(1));
  REQUIRE(model);
  const auto image = noise(128 * 128, 5);
  std::vector<float> less;
  for (int r = 0; r < 121; ++r) less.insert(less.end(), &image[r * 128], &image[r * 128] + 121);
  const auto whole = model->run(image, 128, 128, 1), part = model->run(less, 121, 121, 1);
  REQUIRE((whole && part));
  float largest = 0;
  for (const float value : whole->values) largest = std::max(largest, std::abs(value));
  // 60 pixels are more than the network's receptive field.
  for (int r = 0; r < 40; ++r)
    for (int c = 0; c < 40; ++c)
      REQUIRE(std::abs(part->values[r * 121 + c] - whole->values[r * 128 + c]) < 1e-5F * largest);
}

TEST_CASE("labels are the likeliest classes, the lowest among equals") {
  nn::GraphBuilder net({1, 1, -1, -1});
  const auto w = net.constant({3, 1, 1, 1}, {1, 0, 1});
  const auto b = net.constant({3}, {0, 0.5F, 0});
  const auto last =
      net.node("Softmax", {net.node("Conv", {net.input(), w, b})}, {{"axis", std::int64_t{1}}});
  const auto model = nn::Model::from_graph(std::move(net).finish(last), {"onednn"});
  REQUIRE(model);
  CHECK(model->output_kind() == nn::OutputKind::probabilities);
  const auto labels = model->run_labels(std::vector<float>{0, 1, 0.25F, 2}, 2, 2, 1);
  REQUIRE(labels);
  CHECK(*labels == std::vector<std::uint8_t>{1, 0, 1, 0});
}

TEST_CASE("values are no classes") {
  const auto model = nn::Model::from_graph(nn::make_tomogan(1));
  REQUIRE(model);
  CHECK_FALSE(model->run_labels(noise(64, 1), 8, 8, 1));
}

TEST_CASE("a batch of no images is refused, and one whose images have several sizes") {
  const auto model = nn::Model::from_graph(nn::make_tomogan(1));
  REQUIRE(model);
  const auto whole = noise(64, 1), part = noise(56, 1);
  CHECK_FALSE(model->run_batch({}, 8, 8, 1));
  CHECK_FALSE(model->run_batch(std::vector<std::span<const float>>{whole, part}, 8, 8, 1));
}

TEST_CASE("images of a batch are answered as alone, to the last bit, on every executor") {
  // One layer of an MS-D network and its classes, which both kinds of executor can run; the card
  // scales, so that images are copied.
  const auto make = [](const char* executor) {
    nn::GraphBuilder net({1, 1, -1, -1});
    const auto made = net.node("Relu", {conv(net, net.input(), 1, 1, 3)});
    const auto all = net.node("Concat", {net.input(), made}, {{"axis", std::int64_t{1}}});
    const auto w = net.constant({3, 2, 1, 1}, {1, 0, -1, 0.5F, 0.25F, 2});
    const auto last =
        net.node("Softmax", {net.node("Conv", {all, w})}, {{"axis", std::int64_t{1}}});
    nn::Graph graph = std::move(net).finish(last);
    graph.metadata["slicecast.input_scale"] = "0.5";
    return nn::Model::from_graph(std::move(graph), {executor});
  };
  for (const char* executor : {"msd", "onednn", "reference"}) {
    INFO(executor);
    const auto model = make(executor);
    REQUIRE(model);
    CHECK(model->executor() == executor);
    const int rows = 70, columns = 41;
    std::vector<std::vector<float>> images;
    for (unsigned seed = 0; seed < 3; ++seed) images.push_back(noise(70 * 41, seed));
    const std::vector<std::span<const float>> views(images.begin(), images.end());
    const auto answers = model->run_batch(views, rows, columns, 2);
    const auto labels = model->run_labels_batch(views, rows, columns, 2);
    REQUIRE((answers && labels));
    REQUIRE((answers->size() == 3 && labels->size() == 3));
    for (std::size_t k = 0; k < images.size(); ++k) {
      CHECK((*answers)[k].channels == 3);
      CHECK((*answers)[k].values == model->run(images[k], rows, columns, 2)->values);
      CHECK((*labels)[k] == *model->run_labels(images[k], rows, columns, 2));
    }
    CHECK((*answers)[0].values != (*answers)[1].values);
  }
}
