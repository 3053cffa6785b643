// What the ways to plan have in common: steps are appended, and point into the plan at the end.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "common/nn/msd/plan.h"

namespace slicecast::nn::msd {

// Planes that are added to the outputs at a time: soon after they were made, but the sums of the
// outputs are read and written seldom.
constexpr std::size_t kOutputBlock = 10;

class PlanWriter {
 public:
  explicit PlanWriter(const Network& network);

  const Network& network;
  const std::size_t inputs, planes;
  Plan plan;
  std::vector<kernels::PlaneRef> place;  // of each plane
  std::vector<int> lag;                  // of each plane, within its sweep

  const Layer& layer_of(std::size_t plane) const { return network.layers[plane - inputs]; }
  bool reaches_output(std::size_t plane) const;

  Step load(std::size_t plane) const;
  // Steps must be made in the order in which they end up in the plan, early ones of a sweep first.
  Step sum(std::size_t plane, std::span<const Edge> edges);
  // Adds planes to the outputs, at the end of a sweep as it is.
  void append_outputs(std::size_t sweep, std::span<const std::size_t> from);

  // Marks the outputs as complete and lets the steps point into the plan.
  Plan finish() &&;

 private:
  bool outputs_begun_ = false;
  std::size_t outputs_sweep_ = 0;
  int outputs_lag_ = 0;
};

// Whether a network is sparse enough to be streamed, and the two ways.
bool can_stream(const Network& network);
Plan make_streamed_plan(const Network& network);
Plan make_swept_plan(const Network& network);

}  // namespace slicecast::nn::msd
