// A network as read from a file: nodes in an order in which they can be computed, values by number.
// It knows no sizes; specialize() of plan.h does, for one shape of the input.
#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "common/base/error.h"
#include "common/nn/graph/tensor.h"

namespace slicecast::nn {

using ValueId = int;
inline constexpr ValueId kAbsent = -1;  // an optional input that is not given

using Attribute = std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>,
                               std::vector<float>, TensorPtr>;

// What follows a convolution without a pass of its own over memory.
struct Activation {
  enum class Kind : std::uint8_t { none, relu, leaky_relu, sigmoid, tanh, clip } kind = Kind::none;
  float alpha = 0;  // leaky_relu: slope below zero; clip: least value
  float beta = 0;   // clip: greatest value
};

struct Node {
  std::string name;  // as in the file; may be empty
  std::string type;  // "Conv"
  int place = 0;     // index in the file
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;
  std::map<std::string, Attribute> attributes;
  Activation activation;  // fused behind it; Conv and ConvTranspose only

  ValueId input(std::size_t index) const { return index < inputs.size() ? inputs[index] : kAbsent; }
  // The attribute, or `fallback` if it is absent or of another type.
  std::int64_t integer(const std::string& key, std::int64_t fallback) const;
  float real(const std::string& key, float fallback) const;
  std::string text(const std::string& key, const std::string& fallback) const;
  std::vector<std::int64_t> integers(const std::string& key) const;  // empty: absent
};

// "node 17 'conv_3' (Conv)": how an error names a node.
std::string describe(const Node& node);
Error refuse(const Node& node, const std::string& why, Errc code = Errc::unsupported);

struct Graph {
  int opset = 0;
  std::vector<std::string> values;  // names, by number
  std::vector<Node> nodes;
  std::map<ValueId, TensorPtr> constants;
  ValueId input = kAbsent;  // the image, {1, channels, rows, columns}, or whatever it is
  ValueId output = kAbsent;
  Shape declared_input;                         // -1: any
  std::map<std::string, std::string> metadata;  // metadata_props of the file

  TensorPtr constant(ValueId value) const;  // null: not a constant
  ValueId add_value(std::string name);
  // Nodes that read `value`; the graph's output counts as one reader more.
  int readers(ValueId value) const;
};

}  // namespace slicecast::nn
