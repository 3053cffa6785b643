#include <algorithm>
#include <cstddef>
#include <map>

#include "common/nn/msd/plan_writer.h"

namespace slicecast::nn::msd {
namespace {

// Denser networks read every row too often for single layers, and their rings are too high.
constexpr std::size_t kMostEdgesPerLayer = 6;
constexpr int kMostStreamLag = 256;
// Ring heights come in these steps, so that few tables of row offsets serve all planes.
constexpr int kRingStep = 8;

// Least lag of every plane.
std::vector<int> least_lags(const Network& network) {
  std::vector<int> lags(static_cast<std::size_t>(network.planes()));
  const auto inputs = static_cast<std::size_t>(network.inputs);
  for (std::size_t i = 0; i < network.layers.size(); ++i)
    for (const Edge& edge : network.layers[i].edges)
      lags[inputs + i] = std::max(lags[inputs + i], lags[static_cast<std::size_t>(edge.source)] +
                                                        network.layers[i].dilation);
  return lags;
}

// Every plane as late as its readers allow, within what the deepest chain needs. On random chains
// the rings then hold a sixth fewer rows than with the least lags.
std::vector<int> latest_lags(const Network& network) {
  const auto inputs = static_cast<std::size_t>(network.inputs);
  std::vector<int> lags(static_cast<std::size_t>(network.planes()),
                        std::ranges::max(least_lags(network)));
  for (std::size_t i = network.layers.size(); i-- > 0;)
    for (const Edge& edge : network.layers[i].edges) {
      int& source = lags[static_cast<std::size_t>(edge.source)];
      source = std::min(source, lags[inputs + i] - network.layers[i].dilation);
    }
  return lags;
}

class StreamPlanner {
 public:
  explicit StreamPlanner(const Network& network)
      : to_(network), output_step_(to_.planes), reach_(to_.planes), rows_(to_.planes) {
    to_.lag = latest_lags(network);
  }

  Plan make() && {
    to_.plan.streamed = true;
    to_.plan.sweeps.resize(1);
    group_outputs();
    measure();
    assign_rings();
    fill();
    return std::move(to_).finish();
  }

 private:
  // Planes are added to the outputs ten at a time, in order.
  void group_outputs() {
    for (std::size_t p = 0; p < to_.planes; ++p) {
      if (!to_.reaches_output(p)) continue;
      if (outputs_.empty() || outputs_.back().size() >= kOutputBlock) {
        outputs_.emplace_back();
        output_lags_.push_back(output_lags_.empty() ? 0 : output_lags_.back());
      }
      outputs_.back().push_back(p);
      output_lags_.back() = std::max(output_lags_.back(), to_.lag[p]);
      output_step_[p] = outputs_.size();
    }
  }

  // How far beyond the rows of the output each plane is read, and how many of its rows must be
  // kept: from the first one that the slowest reader needs for a band to the last one made.
  void measure() {
    for (std::size_t p = 0; p < to_.planes; ++p)
      if (output_step_[p] > 0)
        rows_[p] = output_lags_[output_step_[p] - 1] - to_.lag[p] + kStreamBand;
    for (std::size_t p = to_.planes; p-- > to_.inputs;)
      for (const Edge& edge : to_.layer_of(p).edges) {
        const auto source = static_cast<std::size_t>(edge.source);
        const int dilation = to_.layer_of(p).dilation;
        reach_[source] = std::max(reach_[source], reach_[p] + dilation);
        rows_[source] =
            std::max(rows_[source], to_.lag[p] + dilation - to_.lag[source] + kStreamBand);
      }
  }

  void assign_rings() {
    std::map<int, int> group_of;
    for (std::size_t p = 0; p < to_.planes; ++p) {
      const int height = (rows_[p] + kRingStep - 1) / kRingStep * kRingStep;
      const auto [at, is_new] = group_of.emplace(height, static_cast<int>(to_.plan.planes.size()));
      if (is_new) to_.plan.planes.push_back({.planes = 0, .ring = std::max(1, height)});
      to_.place[p] = {at->second, to_.plan.planes[static_cast<std::size_t>(at->second)].planes++};
    }
  }

  void fill() {
    auto& steps = to_.plan.sweeps.front().steps;
    std::size_t next_output = 0;
    for (std::size_t p = 0; p < to_.planes; ++p) {
      Step step;
      if (p < to_.inputs) {
        step = to_.load(p);
      } else {
        step = to_.sum(p, to_.layer_of(p).edges);
        step.edges.begins = step.edges.ends = true;
      }
      step.reach = reach_[p];
      steps.push_back(step);
      if (next_output < outputs_.size() && outputs_[next_output].back() == p)
        to_.append_outputs(0, outputs_[next_output++]);
    }
  }

  PlanWriter to_;
  std::vector<std::vector<std::size_t>> outputs_;  // planes of each step
  std::vector<int> output_lags_;
  std::vector<std::size_t> output_step_;  // of each plane, from 1; 0: none
  std::vector<int> reach_, rows_;         // of each plane
};

}  // namespace

bool can_stream(const Network& network) {
  return network.edge_count() <= kMostEdgesPerLayer * network.layers.size() &&
         std::ranges::max(least_lags(network)) <= kMostStreamLag;
}

Plan make_streamed_plan(const Network& network) {
  return StreamPlanner(network).make();
}

}  // namespace slicecast::nn::msd
