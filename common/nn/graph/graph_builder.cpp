#include "common/nn/graph/graph_builder.h"

#include <utility>

namespace slicecast::nn {

GraphBuilder::GraphBuilder(Shape input, int opset) {
  graph_.opset = opset;
  graph_.declared_input = std::move(input);
  graph_.input = graph_.add_value("image");
}

ValueId GraphBuilder::add(TensorPtr tensor) {
  const ValueId id = graph_.add_value("constant " + std::to_string(graph_.values.size()));
  graph_.constants[id] = std::move(tensor);
  return id;
}

ValueId GraphBuilder::constant(Shape shape, std::vector<float> values) {
  return add(make_tensor(std::move(shape), std::move(values)));
}

ValueId GraphBuilder::integers(std::vector<std::int64_t> values) {
  const auto size = static_cast<std::int64_t>(values.size());
  return add(make_tensor({size}, std::move(values)));
}

ValueId GraphBuilder::node(std::string type, std::vector<ValueId> inputs,
                           std::map<std::string, Attribute> attributes) {
  const int place = static_cast<int>(graph_.nodes.size());
  const ValueId id = graph_.add_value(type + " " + std::to_string(place));
  graph_.nodes.push_back(
      {"", std::move(type), place, std::move(inputs), {id}, std::move(attributes), {}});
  return id;
}

Graph GraphBuilder::finish(ValueId output) && {
  graph_.output = output;
  return std::move(graph_);
}

}  // namespace slicecast::nn
