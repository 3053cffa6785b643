// A graph for one shape of its input: every value has a size, everything that follows from
// constants and shapes alone is computed, and what is left is a list of operations.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/nn/graph/graph.h"
#include "common/nn/graph/operation.h"

namespace slicecast::nn {

struct Step {
  std::string node;  // describe() of its node
  Operation operation;
  std::vector<ValueId> inputs;  // those that it reads, computed before or constants of the plan
  ValueId output = kAbsent;
};

struct Plan {
  std::vector<Shape> shapes;  // by value; empty for those that no step touches
  std::vector<Step> steps;
  std::map<ValueId, TensorPtr> constants;  // that steps read: floats
  ValueId input = kAbsent, output = kAbsent;

  const Shape& input_shape() const { return shapes[static_cast<std::size_t>(input)]; }
  const Shape& output_shape() const { return shapes[static_cast<std::size_t>(output)]; }
  const Shape& shape(ValueId value) const { return shapes[static_cast<std::size_t>(value)]; }
  double multiply_adds() const;
};

inline constexpr double kMostFoldedWork = 1e9;  // multiply-adds, and 16 per element, of folding

// Errors name the node that does not work with this input.
Result<Plan> specialize(const Graph& graph, const Shape& input);

// The part of it that does not depend on the input: computes nodes all of whose inputs are
// constants and removes them from the graph.
Result<void> fold_constants(Graph& graph);

}  // namespace slicecast::nn
