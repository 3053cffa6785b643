// Graphs as ONNX files, so that other programs can run what was built here.
#pragma once

#include <cstddef>
#include <vector>

#include "common/base/error.h"
#include "common/nn/graph/graph.h"

namespace slicecast::nn {

// The bytes of a model that read_onnx() reads as the same graph, names apart. unsupported: passes
// have fused what ONNX has no operator for; or what trial_plan() says of a graph that cannot run.
Result<std::vector<std::byte>> write_onnx(const Graph& graph);

}  // namespace slicecast::nn
