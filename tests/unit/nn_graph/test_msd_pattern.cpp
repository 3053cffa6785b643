#include <algorithm>
#include <cmath>
#include <random>

#include "common/base/image_view.h"
#include "common/nn/graph/graph_builder.h"
#include "common/nn/graph/model.h"
#include "common/nn/msd/reference.h"

using namespace slicecast;
using nn::ValueId;
using nn::msd::Border;
using Ints = std::vector<std::int64_t>;

namespace {

constexpr int kRows = 31, kColumns = 27;

struct Shape {
  Border border = Border::zeros;
  bool explicit_border = false;  // Pad nodes or flips instead of the convolution's zeros
  bool growing = true;           // concatenate what was concatenated, or all planes each time
  bool relu = true;
  int width = 1, layers = 7, inputs = 1;
};

class Writer {
 public:
  explicit Writer(const Shape& shape) : shape_(shape), net_({1, shape.inputs, -1, -1}) {}

  nn::Graph write() && {
    const ValueId scaled = net_.node("Mul", {net_.input(), net_.constant({}, {0.5F})});
    const ValueId image = net_.node("Add", {net_.constant({}, {0.25F}), scaled});
    std::vector<ValueId> planes{image};
    ValueId all = image;
    int channels = shape_.inputs;
    for (int i = 0; i < shape_.layers; ++i) {
      const std::int64_t dilation = 1 + i % 4;
      const ValueId read = shape_.explicit_border ? extended(all, dilation) : all;
      const std::int64_t pad = shape_.explicit_border ? 0 : dilation;
      const ValueId conv = net_.node(
          "Conv", {read, weights({shape_.width, channels, 3, 3}), weights({shape_.width})},
          {{"dilations", Ints{dilation, dilation}}, {"pads", Ints(4, pad)}});
      planes.push_back(shape_.relu ? net_.node("Relu", {conv}) : conv);
      channels += shape_.width;
      all = shape_.growing ? joined({all, planes.back()}) : joined(planes);
    }
    const ValueId scores = net_.node("Conv", {all, weights({3, channels, 1, 1}), weights({3})});
    const ValueId last = net_.node("LogSoftmax", {scores}, {{"axis", std::int64_t{1}}});
    return std::move(net_).finish(last);
  }

 private:
  ValueId joined(std::vector<ValueId> values, std::int64_t axis = 1) {
    return net_.node("Concat", std::move(values), {{"axis", axis}});
  }
  ValueId weights(nn::Shape shape) {
    std::normal_distribution<float> normal(0, 0.3F);
    std::vector<float> values(static_cast<std::size_t>(*nn::element_count(shape)));
    for (float& value : values) value = normal(random_);
    return net_.constant(std::move(shape), std::move(values));
  }
  ValueId extended(ValueId from, std::int64_t by) {
    if (shape_.border == Border::symmetric) return flipped(flipped(from, 2, by), 3, by);
    const char* mode = shape_.border == Border::reflect     ? "reflect"
                       : shape_.border == Border::replicate ? "edge"
                                                            : "constant";
    return net_.node("Pad", {from, net_.integers({0, 0, by, by, 0, 0, by, by})},
                     {{"mode", std::string(mode)}});
  }
  // The first and last `by` rows or columns, mirrored, before and behind.
  ValueId flipped(ValueId from, std::int64_t axis, std::int64_t by) {
    const auto slice = [&](std::int64_t start, std::int64_t end) {
      return net_.node("Slice", {from, net_.integers({start}), net_.integers({end}),
                                 net_.integers({axis}), net_.integers({-1})});
    };
    return joined({slice(by - 1, -1000000), from, slice(-1, -by - 1)}, axis);
  }

  const Shape shape_;
  nn::GraphBuilder net_;
  std::mt19937 random_{5};
};

std::vector<float> image_of(int channels) {
  std::vector<float> image(static_cast<std::size_t>(channels * kRows * kColumns));
  for (std::size_t i = 0; i < image.size(); ++i)
    image[i] = std::sin(static_cast<float>(i) * 0.7F) + static_cast<float>(i % 13) / 7;
  return image;
}

void require_close(const std::vector<float>& a, const std::vector<float>& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) REQUIRE(std::abs(a[i] - b[i]) < 5e-5F);
}

}  // namespace

TEST_CASE("a network that is not quite mixed-scale dense is not taken for one") {
  CHECK(nn::Model::from_graph(Writer({.relu = false}).write())->network() == nullptr);
  const auto refused = nn::Model::from_graph(Writer({.relu = false}).write(), {"msd"});
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().message, Catch::Matchers::Contains("MS-D"));
  nn::Graph strided = Writer({.explicit_border = true}).write();
  for (auto& node : strided.nodes)
    if (node.type == "Conv") node.attributes["pads"] = Ints{1, 1, 1, 1};
  const auto odd = nn::Model::from_graph(std::move(strided));
  CHECK((!odd || odd->network() == nullptr));
  nn::Graph bordered = Writer({.relu = false}).write();
  bordered.metadata["slicecast.border"] = "symmetric";
  CHECK_FALSE(nn::Model::from_graph(std::move(bordered)));
}

TEST_CASE("every border, form and width is recognised and gives the graph's own answer") {
  for (const Border border : {Border::symmetric, Border::reflect, Border::replicate, Border::zeros})
    for (const bool growing : {true, false})
      for (const int width : {1, 3}) {
        const Shape shape{.border = border,
                          .explicit_border = true,
                          .growing = growing,
                          .width = width,
                          .inputs = width == 3 ? 2 : 1};
        const auto fast = nn::Model::from_graph(Writer(shape).write());
        const auto plain = nn::Model::from_graph(Writer(shape).write(), {"reference"});
        REQUIRE((fast && plain));
        REQUIRE(fast->network() != nullptr);
        CHECK(fast->executor() == "msd");
        CHECK(fast->network()->border == border);
        CHECK(fast->network()->layers.size() == static_cast<std::size_t>(shape.layers * width));
        const auto image = image_of(shape.inputs);
        const auto a = fast->run(image, kRows, kColumns, 2);
        const auto b = plain->run(image, kRows, kColumns, 1);
        REQUIRE((a && b));
        CHECK(a->kind == nn::OutputKind::log_probabilities);
        require_close(a->values, b->values);
      }
}

TEST_CASE("the border that the metadata name takes the place of zeros") {
  for (const Border border : {Border::symmetric, Border::reflect, Border::replicate}) {
    nn::Graph graph = Writer({}).write();
    graph.metadata["slicecast.border"] = nn::msd::to_string(border);
    const auto named = nn::Model::from_graph(std::move(graph));
    REQUIRE(named);
    const auto drawn =
        nn::Model::from_graph(Writer({.border = border, .explicit_border = true}).write());
    REQUIRE(drawn);
    const auto image = image_of(1);
    const auto a = named->run(image, kRows, kColumns, 1), b = drawn->run(image, kRows, kColumns, 1);
    REQUIRE((a && b));
    require_close(a->values, b->values);
  }
}

TEST_CASE("only the engine that follows the named border may run such a network") {
  nn::Graph graph = Writer({}).write();
  graph.metadata["slicecast.border"] = "symmetric";
  CHECK_FALSE(nn::Model::from_graph(graph, {"onednn"}));
  CHECK(nn::Model::from_graph(graph, {"msd"}));
}

TEST_CASE("edges whose weights are zero are not there") {
  nn::Graph graph = Writer({}).write();
  for (const auto& node : graph.nodes) {
    if (node.type != "Conv") continue;
    const nn::Tensor& weights = *graph.constants[node.inputs[1]];
    if (weights.shape[1] < 3 || weights.shape[2] != 3) continue;
    auto values = nn::as_floats(weights);
    std::fill_n(values.begin(), 18, 0.0F);  // the first two sources
    graph.constants[node.inputs[1]] = nn::make_tensor(weights.shape, std::move(values));
  }
  const auto model = nn::Model::from_graph(std::move(graph));
  REQUIRE(model);
  REQUIRE(model->network() != nullptr);
  CHECK(model->network()->edge_count() == 28 - 2 * 5);
}
