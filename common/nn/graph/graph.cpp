#include "common/nn/graph/graph.h"

#include <algorithm>

namespace slicecast::nn {
namespace {

template <class T>
const T* find(const Node& node, const std::string& key) {
  const auto at = node.attributes.find(key);
  return at == node.attributes.end() ? nullptr : std::get_if<T>(&at->second);
}

}  // namespace

std::int64_t Node::integer(const std::string& key, std::int64_t fallback) const {
  const auto* value = find<std::int64_t>(*this, key);
  return value == nullptr ? fallback : *value;
}

float Node::real(const std::string& key, float fallback) const {
  const auto* value = find<float>(*this, key);
  return value == nullptr ? fallback : *value;
}

std::string Node::text(const std::string& key, const std::string& fallback) const {
  const auto* value = find<std::string>(*this, key);
  return value == nullptr ? fallback : *value;
}

std::vector<std::int64_t> Node::integers(const std::string& key) const {
  const auto* value = find<std::vector<std::int64_t>>(*this, key);
  return value == nullptr ? std::vector<std::int64_t>{} : *value;
}

std::string describe(const Node& node) {
  return "node " + std::to_string(node.place) + (node.name.empty() ? "" : " '" + node.name + "'") +
         " (" + node.type + ")";
}

Error refuse(const Node& node, const std::string& why, Errc code) {
  return {code, describe(node) + ": " + why};
}

TensorPtr Graph::constant(ValueId value) const {
  const auto at = constants.find(value);
  return at == constants.end() ? nullptr : at->second;
}

ValueId Graph::add_value(std::string name) {
  values.push_back(std::move(name));
  return static_cast<ValueId>(values.size()) - 1;
}

int Graph::readers(ValueId value) const {
  int count = value == output ? 1 : 0;
  for (const auto& node : nodes)
    count += static_cast<int>(std::count(node.inputs.begin(), node.inputs.end(), value));
  return count;
}

}  // namespace slicecast::nn
