// From operations to oneDNN primitives. oneDNN chooses the layouts; an operation that it does not
// have, or has only as a slow loop, gives nothing and runs as plain code.
#pragma once

#include <dnnl.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "common/nn/graph/plan.h"

namespace slicecast::nn::onednn {

using Description = dnnl::memory::desc;

struct Primitive {
  dnnl::primitive primitive;
  Description source, destination;  // layouts that it wants; others need a reorder
  // Weights, biases and the like by argument number, in the layout that it wants.
  std::vector<std::pair<int, dnnl::memory>> parameters;
  bool two_sources = false;  // the second in the layout of the first
};

Description plain_layout(const Shape& shape);

// `current`: the layout in which the first input is there. Throws dnnl::error.
std::optional<Primitive> make_primitive(const dnnl::engine& engine, const Plan& plan,
                                        const Step& step, const Description& current);

dnnl::memory reordered(const dnnl::engine& engine, const Description& from, const float* values,
                       const Description& to);

}  // namespace slicecast::nn::onednn
