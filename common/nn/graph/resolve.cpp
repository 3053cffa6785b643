#include "common/nn/graph/resolve.h"

#include <algorithm>

namespace slicecast::nn {
namespace {

struct Row {
  std::string_view type;
  Arity arity;
  Result<Resolved> (*resolve)(const Node&, const Inputs&);
};

constexpr std::size_t kAny = 4096;

constexpr Row kRows[] = {
    {"Conv", {2, 3}, resolve_convolution},
    {"ConvTranspose", {2, 3}, resolve_convolution},
    {"Relu", {1, 1}, resolve_elementwise},
    {"LeakyRelu", {1, 1}, resolve_elementwise},
    {"Sigmoid", {1, 1}, resolve_elementwise},
    {"Tanh", {1, 1}, resolve_elementwise},
    {"Clip", {1, 3}, resolve_elementwise},
    {"Add", {2, 2}, resolve_binary},
    {"Sub", {2, 2}, resolve_binary},
    {"Mul", {2, 2}, resolve_binary},
    {"Div", {2, 2}, resolve_binary},
    {"Concat", {1, kAny}, resolve_concat},
    {"BatchNormalization", {5, 5}, resolve_normalization},
    {"MaxPool", {1, 1}, resolve_pooling},
    {"AveragePool", {1, 1}, resolve_pooling},
    {"GlobalAveragePool", {1, 1}, resolve_global_average},
    {"Resize", {1, 4}, resolve_resize},
    {"Upsample", {1, 2}, resolve_resize},
    {"Pad", {1, 3}, resolve_pad},
    {"Slice", {1, 5}, resolve_slice},
    {"Gather", {2, 2}, resolve_gather},
    {"Identity", {1, 1}, resolve_identity},
    {"Dropout", {1, 3}, resolve_identity},
    {"Softmax", {1, 1}, resolve_softmax},
    {"LogSoftmax", {1, 1}, resolve_softmax},
    {"ArgMax", {1, 1}, resolve_arg_max},
    {"Gemm", {2, 3}, resolve_gemm},
    {"Flatten", {1, 1}, resolve_flatten},
    {"Reshape", {2, 2}, resolve_reshape},
    {"Unsqueeze", {1, 2}, resolve_unsqueeze},
    {"Squeeze", {1, 2}, resolve_squeeze},
    {"Transpose", {1, 1}, resolve_transpose},
    {"Shape", {1, 1}, resolve_shape},
    {"ConstantOfShape", {1, 1}, resolve_constant_of_shape},
    {"Cast", {1, 1}, resolve_cast},
    {"Floor", {1, 1}, resolve_floor},
};

const Row* find(std::string_view type) {
  const auto* at = std::ranges::find(kRows, type, &Row::type);
  return at == std::end(kRows) ? nullptr : at;
}

}  // namespace

bool is_supported(std::string_view type) {
  return find(type) != nullptr || type == "Constant";
}

std::optional<Arity> arity_of(std::string_view type) {
  const Row* row = find(type);
  return row == nullptr ? std::nullopt : std::optional(row->arity);
}

Result<Resolved> resolve(const Node& node, const Inputs& inputs) {
  const Row* row = find(node.type);
  if (row == nullptr) return refuse(node, "is of a type that is not supported; export without it");
  std::size_t given = 0;
  for (std::size_t i = 0; i < inputs.shapes.size(); ++i) given += inputs.given(i) ? 1 : 0;
  if (given < row->arity.least_inputs || inputs.shapes.size() > row->arity.most_inputs ||
      !inputs.given(0))
    return refuse(node, "has " + std::to_string(given) + " inputs; export the model again",
                  Errc::malformed);
  auto resolved = row->resolve(node, inputs);
  if (!resolved) return resolved;
  if (resolved->shape.size() > kMostDimensions || !element_count(resolved->shape))
    return refuse(node,
                  "its output " + to_text(resolved->shape) +
                      " is larger than any image; use a smaller input or check the model",
                  Errc::resource_exhausted);
  return resolved;
}

Result<std::vector<std::int64_t>> constant_integers(const Node& node, const Inputs& inputs,
                                                    std::size_t index, const char* what) {
  const TensorPtr tensor = inputs.constant(index);
  if (tensor == nullptr)
    return refuse(node, std::string(what) +
                            " must be a constant or follow from shapes; export with constant ones");
  return as_integers(*tensor);
}

bool any_integral(const Inputs& inputs) {
  return std::ranges::any_of(inputs.constants,
                             [](const auto& tensor) { return tensor && tensor->integral(); });
}

}  // namespace slicecast::nn
