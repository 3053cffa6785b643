#include "common/nn/msd/plan_writer.h"

#include <algorithm>
#include <utility>

namespace slicecast::nn::msd {

PlanWriter::PlanWriter(const Network& of)
    : network(of),
      inputs(static_cast<std::size_t>(of.inputs)),
      planes(static_cast<std::size_t>(of.planes())),
      place(planes),
      lag(planes) {
  plan.inputs = of.inputs;
  plan.outputs = of.outputs;
  plan.border = of.border;
  plan.output = of.output;
  plan.scale_in = of.scale_in;
  plan.scale_in.resize(inputs);
  plan.scale_out = of.scale_out;
  plan.scale_out.resize(static_cast<std::size_t>(of.outputs));
  plan.biases = of.final_biases;
  for (const Layer& layer : of.layers) plan.pad = std::max(plan.pad, layer.dilation);
}

bool PlanWriter::reaches_output(std::size_t plane) const {
  for (std::size_t i = plane; i < network.final_weights.size(); i += planes)
    if (network.final_weights[i] != 0) return true;
  return false;
}

Step PlanWriter::load(std::size_t plane) const {
  Step step;
  step.kind = Step::Kind::load;
  step.lag = lag[plane];
  step.channel = static_cast<int>(plane);
  step.plane = place[plane];
  return step;
}

Step PlanWriter::sum(std::size_t plane, std::span<const Edge> edges) {
  Step step;
  step.kind = Step::Kind::edges;
  step.lag = lag[plane];
  step.plane = place[plane];
  step.edges.target = place[plane];
  step.edges.count = static_cast<int>(edges.size());
  step.edges.dilation = layer_of(plane).dilation;
  step.edges.bias = layer_of(plane).bias;
  for (const Edge& edge : edges) {
    plan.sources.push_back(place[static_cast<std::size_t>(edge.source)]);
    plan.weights.insert(plan.weights.end(), edge.kernel.begin(), edge.kernel.end());
  }
  return step;
}

void PlanWriter::append_outputs(std::size_t sweep, std::span<const std::size_t> from) {
  Step step;
  step.kind = Step::Kind::outputs;
  step.outputs.outputs = network.outputs;
  step.outputs.count = static_cast<int>(from.size());
  step.outputs.begins = !std::exchange(outputs_begun_, true);
  // The rows of an output are summed in order only if its steps do not overtake each other.
  step.lag = outputs_sweep_ == sweep ? outputs_lag_ : 0;
  for (std::size_t p : from) {
    step.lag = std::max(step.lag, lag[p]);
    plan.sources.push_back(place[p]);
    for (std::size_t i = p; i < network.final_weights.size(); i += planes)
      plan.weights.push_back(network.final_weights[i]);
  }
  outputs_sweep_ = sweep;
  outputs_lag_ = step.lag;
  plan.sweeps[sweep].steps.push_back(step);
}

Plan PlanWriter::finish() && {
  const auto last = plan.sweeps.size() - 1;
  auto& steps = plan.sweeps[last].steps;
  if (steps.empty() || steps.back().kind != Step::Kind::outputs) append_outputs(last, {});
  steps.back().concludes = true;

  // Only now do the vectors stay where they are.
  const kernels::PlaneRef* source = plan.sources.data();
  const float* weight = plan.weights.data();
  const auto bind = [&](Step& step) {
    if (step.kind == Step::Kind::edges) {
      step.edges.sources = source;
      step.edges.weights = weight;
      source += step.edges.count;
      weight += 9 * step.edges.count;
    } else if (step.kind == Step::Kind::outputs) {
      step.outputs.sources = source;
      step.outputs.weights = weight;
      step.outputs.biases = plan.biases.data();
      source += step.outputs.count;
      weight += step.outputs.count * step.outputs.outputs;
    }
  };
  for (Sweep& sweep : plan.sweeps) {
    for (Step& step : sweep.early) bind(step);
    for (Step& step : sweep.steps) {
      bind(step);
      sweep.most_lag = std::max(sweep.most_lag, step.lag);
    }
  }
  return std::move(plan);
}

Plan make_plan(const Network& network) {
  return can_stream(network) ? make_streamed_plan(network) : make_swept_plan(network);
}

}  // namespace slicecast::nn::msd
