// A plan as a list of calls with all memory in place. Internal to the oneDNN backend.
#pragma once

#include <dnnl.hpp>
#include <map>
#include <unordered_map>
#include <vector>

#include "common/base/buffer.h"
#include "common/nn/graph/onednn/arena.h"
#include "common/nn/graph/onednn/primitives.h"
#include "common/nn/graph/plan.h"

namespace slicecast::nn::onednn {

// The network's input and output are regions too; their memory is the caller's.
inline constexpr RegionId kInput = -2, kOutput = -3;

struct Operand {
  RegionId region;
  Description layout;
};

struct Call {
  dnnl::primitive primitive;  // null: `step` of the plan in plain code
  const Step* step = nullptr;
  std::vector<std::pair<int, Operand>> operands;              // by argument number, if a primitive;
  std::vector<std::pair<int, dnnl::memory>> parameters = {};  // else inputs in order, then output
};

struct Program {
  Arena arena;
  std::vector<Call> calls;
};

// Chooses primitives and layouts and inserts reorders. `plan` must outlive the program. Throws
// dnnl::error.
Program compile(const dnnl::engine& engine, const Plan& plan);

}  // namespace slicecast::nn::onednn
