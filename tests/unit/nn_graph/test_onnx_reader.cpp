#include <algorithm>

#include "common/nn/graph/model.h"
#include "common/nn/graph/onnx_reader.h"
#include "onnx_bytes.h"

using namespace slicecast;
namespace ob = onnx_bytes;

namespace {

std::string refusal(const ob::Parts& parts) {
  const auto read = nn::read_onnx(ob::model(parts));
  REQUIRE_FALSE(read);
  REQUIRE(read.error().message.find('\n') == std::string::npos);
  return read.error().message;
}

// Of the whole way to a model that can run.
std::string load_refusal(const ob::Parts& parts) {
  const auto model = nn::Model::load(ob::model(parts));
  REQUIRE_FALSE(model);
  return model.error().message;
}

using Catch::Matchers::Contains;
using Names = std::vector<std::int64_t>;

std::string ones(const std::string& name, const Names& shape) {
  std::int64_t count = 1;
  for (const auto extent : shape) count *= extent;
  return ob::tensor(name, shape, std::vector<float>(static_cast<std::size_t>(count), 1.0F));
}

}  // namespace

TEST_CASE("bytes that are no model are refused") {
  const std::vector<std::byte> garbage(100, std::byte{0xfe});
  CHECK_FALSE(nn::read_onnx(garbage));
  CHECK_FALSE(nn::read_onnx(std::span<const std::byte>{}));
  auto whole = ob::model(ob::image_to_image({ob::node("Relu", {"x"}, {"y"})}));
  REQUIRE(nn::read_onnx(whole));
  for (std::size_t size = 0; size < whole.size(); size += 3) {
    const auto part = std::span<const std::byte>(whole).first(size);
    CHECK_FALSE(nn::Model::load(part));
  }
}

TEST_CASE("a file that is not there, or is a folder, is refused by its name") {
  const auto read = nn::Model::load("/nowhere/net.onnx");
  REQUIRE_FALSE(read);
  CHECK_THAT(read.error().message, Contains("/nowhere/net.onnx"));
  CHECK_FALSE(nn::Model::load("/"));
}

TEST_CASE("opsets outside 9 to 17 are refused") {
  auto parts = ob::image_to_image({ob::node("Relu", {"x"}, {"y"})});
  for (const int opset : {0, 8, 18, 1 << 30}) {
    parts.opset = opset;
    CHECK_THAT(refusal(parts), Contains("opset"));
  }
  for (int opset = 9; opset <= 17; ++opset) {
    parts.opset = opset;
    CHECK(nn::Model::load(ob::model(parts)));
  }
}

TEST_CASE("an operator that is not supported is named with its type and place") {
  CHECK_THAT(refusal(ob::image_to_image(
                 {ob::node("Relu", {"x"}, {"r"}), ob::node("Loop", {"r"}, {"y"}, {}, "odd\none")})),
             Contains("node 1 'odd?one' (Loop)"));
}

TEST_CASE("a value that nobody computes, a cycle and a double definition are refused") {
  CHECK_THAT(refusal(ob::image_to_image({ob::node("Relu", {"nothing"}, {"y"})})),
             Contains("'nothing'"));
  CHECK_THAT(
      refusal(ob::image_to_image({ob::node("Add", {"x", "b"}, {"a"}),
                                  ob::node("Relu", {"a"}, {"b"}), ob::node("Relu", {"b"}, {"y"})})),
      Contains("'b'"));
  CHECK_THAT(
      refusal(ob::image_to_image({ob::node("Relu", {"x"}, {"y"}), ob::node("Tanh", {"x"}, {"y"})})),
      Contains("twice"));
  CHECK_FALSE(nn::read_onnx(ob::model(ob::image_to_image({}))));
}

TEST_CASE("weights that are missing, elsewhere or not as large as they say are refused") {
  const auto conv = ob::node("Conv", {"x", "w"}, {"y"});
  CHECK_THAT(refusal(ob::image_to_image({conv})), Contains("'w'"));
  const auto with = [&](const std::string& tensor) {
    return refusal(ob::image_to_image({conv}, {tensor}));
  };
  CHECK_THAT(with(ob::tensor("w", {1, 1, 3, 3}, {1, 2, 3})), Contains("size"));
  CHECK_THAT(with(ob::tensor("w", {1, 1, 1, 1}, {1}, ob::number(14, 1))), Contains("another file"));
  CHECK_THAT(with(ob::tensor("w", {1 << 30, 1 << 30, 1 << 30, 4}, {1})), Contains("shape"));
  CHECK_THAT(with(ob::tensor("w", {-1, 1, 1, 1}, {1})), Contains("shape"));
}

TEST_CASE("attributes out of range are refused before anything is divided by them") {
  const auto with = [&](const char* type, const std::string& attribute) {
    auto parts = ob::image_to_image({ob::node(type, {"x", "w"}, {"y"}, {attribute})},
                                    {ones("w", {1, 1, 3, 3})});
    return refusal(parts);
  };
  CHECK_THAT(with("Conv", ob::attribute("strides", Names{0, 1})), Contains("strides"));
  CHECK_THAT(with("Conv", ob::attribute("dilations", Names{1, -1})), Contains("dilations"));
  CHECK_THAT(with("ConvTranspose", ob::attribute("group", std::int64_t{0})), Contains("group"));
  CHECK_THAT(with("Conv", ob::attribute("pads", Names{0, 0, 0, 1LL << 60})), Contains("pads"));
}

TEST_CASE("shapes that do not fit are refused with the node that sees it") {
  const auto with = [&](const std::string& node, const std::string& tensor) {
    return load_refusal(ob::image_to_image({node}, {tensor}));
  };
  CHECK_THAT(with(ob::node("Conv", {"x", "w"}, {"y"}), ones("w", {1, 2, 3, 3})), Contains("Conv"));
  CHECK_THAT(with(ob::node("Conv", {"x", "w"}, {"y"}), ones("w", {1, 1, 3})), Contains("Conv"));
  CHECK_THAT(with(ob::node("Conv", {"x", "w"}, {"y"}), ones("w", {1, 1, 9, 9})), Contains("Conv"));
  CHECK_THAT(with(ob::node("Add", {"x", "w"}, {"y"}), ones("w", {1, 1, 3, 3})), Contains("Add"));
  CHECK_THAT(with(ob::node("Concat", {"x", "w"}, {"y"}, {ob::attribute("axis", std::int64_t{1})}),
                  ones("w", {1, 1, 3, 3})),
             Contains("Concat"));
  CHECK_THAT(with(ob::node("Reshape", {"x", "s"}, {"y"}), ob::integers("s", {1, 1, 7, 9})),
             Contains("Reshape"));
  CHECK_THAT(with(ob::node("Gather", {"x", "i"}, {"y"}, {ob::attribute("axis", std::int64_t{1})}),
                  ob::integers("i", {5})),
             Contains("Gather"));
}

TEST_CASE("ranks for which libonnx's shape inference reads out of bounds never reach it") {
  auto flat = ob::image_to_image(
      {ob::node("Conv", {"x", "w"}, {"y"}, {ob::attribute("auto_pad", "VALID")})},
      {ones("w", {6, 4, 3, 3})});
  flat.inputs = {ob::value("x", {1, 4, 14})};
  CHECK_THAT(load_refusal(flat), Contains("Conv"));
  auto empty = ob::image_to_image({ob::node("Relu", {"x"}, {"y"})});
  empty.inputs = {ob::value("x", {1, 1, 0, 8})};
  CHECK_THAT(refusal(empty), Contains("extent"));
}

TEST_CASE("what would fill the memory is refused instead") {
  auto huge = ob::image_to_image({ob::node("Relu", {"x"}, {"y"})});
  huge.inputs = {ob::value("x", {1, 1 << 20, 1 << 20, 1 << 20})};
  CHECK_FALSE(nn::Model::load(ob::model(huge)));
  CHECK_THAT(load_refusal(ob::image_to_image(
                 {ob::node("Pad", {"x", "p"}, {"y"})},
                 {ob::integers("p", {0, 0, 1 << 20, 1 << 20, 0, 0, 1 << 20, 1 << 20})})),
             Contains("Pad"));
  auto filled = ob::image_to_image(
      {ob::node("ConstantOfShape", {"s"}, {"c"}), ob::node("Add", {"x", "c"}, {"y"})},
      {ob::integers("s", {1, 1, 1 << 14, 1 << 14})});
  filled.inputs = {ob::value("x", {1, 1, 1 << 14, 1 << 14})};
  filled.outputs = {ob::value("y", {1, 1, 1 << 14, 1 << 14})};
  CHECK_THAT(load_refusal(filled), Contains("ConstantOfShape"));
  // Constants that double with every node.
  ob::Parts doubling = ob::image_to_image({}, {ones("0", {1, 1, 64, 64})});
  for (int i = 0; i < 40; ++i) {
    const std::string from = std::to_string(i);
    doubling.nodes.push_back(ob::node("Concat", {from, from}, {std::to_string(i + 1)},
                                      {ob::attribute("axis", std::int64_t{1})}));
  }
  doubling.nodes.push_back(ob::node("Add", {"x", "40"}, {"y"}));
  CHECK_FALSE(nn::Model::load(ob::model(doubling)));
}

TEST_CASE("two images, functions and types other than float are refused") {
  auto two = ob::image_to_image({ob::node("Add", {"x", "z"}, {"y"})});
  two.inputs.push_back(ob::value("z", {1, 1, 8, 8}));
  CHECK_THAT(refusal(two), Contains("several inputs"));
  auto functions = ob::image_to_image({ob::node("Relu", {"x"}, {"y"})});
  functions.more = ob::bytes(25, ob::bytes(1, "f"));
  CHECK_THAT(refusal(functions), Contains("functions"));
  auto subgraph = ob::image_to_image(
      {ob::node("Relu", {"x"}, {"y"}, {ob::bytes(1, "g") + ob::bytes(6, "") + ob::number(20, 5)})});
  CHECK_FALSE(nn::read_onnx(ob::model(subgraph)));
}

TEST_CASE("a convolution is read with its weights, attributes and metadata") {
  auto parts = ob::image_to_image(
      {ob::node("Conv", {"x", "w", "b"}, {"y"}, {ob::attribute("pads", Names{1, 1, 1, 1})})},
      {ob::tensor("w", {1, 1, 3, 3}, {0, 0, 0, 0, 2, 0, 0, 0, 0}), ob::tensor("b", {1}, {0.5F})});
  parts.metadata = {{"slicecast.name", "double"}, {"other", "ignored"}};
  const auto model = nn::Model::load(ob::model(parts));
  REQUIRE(model);
  CHECK(model->card().name == "double");
  CHECK(model->inputs() == 1);
  std::vector<float> image(64);
  for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<float>(i);
  const auto answer = model->run(image, 8, 8, 1);
  REQUIRE(answer);
  for (std::size_t i = 0; i < image.size(); ++i)
    REQUIRE(answer->values[i] == 2 * static_cast<float>(i) + 0.5F);
}
