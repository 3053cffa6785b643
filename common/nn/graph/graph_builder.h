// Writes a graph down node by node, for networks that come from no file.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/nn/graph/graph.h"

namespace slicecast::nn {

class GraphBuilder {
 public:
  // -1 in `input`: any extent.
  explicit GraphBuilder(Shape input, int opset = 13);

  ValueId input() const { return graph_.input; }
  ValueId constant(Shape shape, std::vector<float> values);
  ValueId integers(std::vector<std::int64_t> values);  // one-dimensional
  // The value that the node computes.
  ValueId node(std::string type, std::vector<ValueId> inputs,
               std::map<std::string, Attribute> attributes = {});
  Graph finish(ValueId output) &&;

 private:
  ValueId add(TensorPtr tensor);
  Graph graph_;
};

}  // namespace slicecast::nn
