#include "common/nn/msd/plan.h"

#include <algorithm>
#include <cstddef>

namespace slicecast::nn::msd {
namespace {

// A sweep ends when a layer would lag further than this: rows between the first and the last step
// have to stay in a cache, and chunks of different threads overlap by them.
constexpr int kMostLag = 96;
// ... or when a layer reads more planes of its own sweep than this: those edges cannot be blocked.
constexpr std::size_t kMostLate = 10;
// Early sources per block: more save traffic of sums, fewer keep a tile of them in the second
// cache.
constexpr std::size_t kBlock = 8;
// Planes read from earlier sweeps by at least so many layers of a sweep are worth a block.
constexpr std::size_t kShared = 3;
constexpr std::size_t kOutputBlock = 10;

class Planner {
 public:
  explicit Planner(const Network& network)
      : network_(network),
        inputs_(static_cast<std::size_t>(network.inputs)),
        planes_(static_cast<std::size_t>(network.planes())),
        sweep_of_(planes_),
        lag_(planes_),
        slot_(planes_) {}

  Plan make() && {
    plan_.inputs = network_.inputs;
    plan_.outputs = network_.outputs;
    plan_.border = network_.border;
    plan_.output = network_.output;
    plan_.scale_in = network_.scale_in;
    plan_.scale_in.resize(inputs_);
    plan_.scale_out = network_.scale_out;
    plan_.scale_out.resize(static_cast<std::size_t>(network_.outputs));
    plan_.biases = network_.final_biases;
    for (const Layer& layer : network_.layers) plan_.pad = std::max(plan_.pad, layer.dilation);
    assign_sweeps();
    assign_slots();
    for (std::size_t k = 0; k < plan_.sweeps.size(); ++k) fill_sweep(k);
    add_outputs(plan_.sweeps.size() - 1, {}, true);
    bind();
    return std::move(plan_);
  }

 private:
  const Layer& layer_of(std::size_t plane) const { return network_.layers[plane - inputs_]; }
  bool in_sweep(const Edge& edge, std::size_t sweep) const {
    return sweep_of_[static_cast<std::size_t>(edge.source)] == sweep;
  }

  void assign_sweeps() {
    std::size_t sweep = 0;
    for (std::size_t p = inputs_; p < planes_; ++p) {
      const Layer& layer = layer_of(p);
      std::size_t late = 0;
      int lag = 0;
      for (const Edge& edge : layer.edges)
        if (in_sweep(edge, sweep)) {
          ++late;
          lag = std::max(lag, lag_[static_cast<std::size_t>(edge.source)] + layer.dilation);
        }
      if (late > kMostLate || lag > std::max(kMostLag, layer.dilation)) {
        ++sweep;
        lag = 0;
      }
      sweep_of_[p] = sweep;
      lag_[p] = lag;
    }
    plan_.sweeps.resize(sweep + 1);
  }

  bool reaches_output(std::size_t plane) const {
    for (std::size_t i = plane; i < network_.final_weights.size(); i += planes_)
      if (network_.final_weights[i] != 0) return true;
    return false;
  }

  // Planes whose last reader is in an earlier sweep give their memory to new ones.
  void assign_slots() {
    std::vector<std::size_t> last_use = sweep_of_;
    for (std::size_t p = inputs_; p < planes_; ++p)
      for (const Edge& edge : layer_of(p).edges)
        last_use[static_cast<std::size_t>(edge.source)] = sweep_of_[p];
    std::vector<int> idle;
    std::vector<bool> given_back(planes_);
    for (std::size_t p = 0, next = 0; p < planes_; p = next) {
      for (std::size_t old = 0; old < p; ++old)
        if (!given_back[old] && last_use[old] < sweep_of_[p]) {
          given_back[old] = true;
          idle.push_back(slot_[old]);
        }
      for (next = p; next < planes_ && sweep_of_[next] == sweep_of_[p]; ++next) {
        if (idle.empty()) idle.push_back(plan_.slots++);
        slot_[next] = idle.back();
        idle.pop_back();
      }
    }
  }

  void fill_sweep(std::size_t sweep) {
    Sweep& into = plan_.sweeps[sweep];
    std::vector<std::size_t> layers;
    for (std::size_t p = 0; p < planes_; ++p) {
      if (sweep_of_[p] != sweep) continue;
      if (p >= inputs_) {
        layers.push_back(p);
        continue;
      }
      Step load;
      load.kind = Step::Kind::load;
      load.channel = static_cast<int>(p);
      load.slot = slot_[p];
      into.steps.push_back(load);
    }
    std::vector<bool> begun(planes_);
    const bool blocked = add_early(into, sweep, layers, begun);
    std::vector<std::size_t> finished;
    for (std::size_t p = 0; p < inputs_ && sweep == 0; ++p)
      if (reaches_output(p)) finished.push_back(p);
    for (std::size_t p : layers) {
      std::vector<Edge> edges;
      for (const Edge& edge : layer_of(p).edges)
        if (!blocked || in_sweep(edge, sweep)) edges.push_back(edge);
      Step step = edge_step(p, edges);
      step.lag = lag_[p];
      step.edges.begins = !begun[p];
      step.edges.ends = true;
      into.steps.push_back(step);
      into.most_lag = std::max(into.most_lag, step.lag);
      if (reaches_output(p)) finished.push_back(p);
      if (finished.size() >= kOutputBlock) {
        add_outputs(sweep, finished, false);
        finished.clear();
      }
    }
    if (!finished.empty()) add_outputs(sweep, finished, false);
  }

  // Edges from planes of earlier sweeps, if enough layers share them.
  bool add_early(Sweep& into, std::size_t sweep, const std::vector<std::size_t>& layers,
                 std::vector<bool>& begun) {
    std::vector<std::size_t> readers(planes_);
    std::size_t edges = 0;
    for (std::size_t p : layers)
      for (const Edge& edge : layer_of(p).edges)
        if (!in_sweep(edge, sweep)) {
          ++readers[static_cast<std::size_t>(edge.source)];
          ++edges;
        }
    const auto sources =
        planes_ - static_cast<std::size_t>(std::ranges::count(readers, std::size_t{0}));
    if (edges == 0 || edges < kShared * sources) return false;
    std::size_t block_begin = 0;
    while (block_begin < planes_) {
      std::size_t block_end = block_begin, count = 0;
      while (block_end < planes_ && count < kBlock) count += readers[block_end++] > 0 ? 1 : 0;
      for (std::size_t p : layers) {
        std::vector<Edge> some;
        for (const Edge& edge : layer_of(p).edges) {
          const auto source = static_cast<std::size_t>(edge.source);
          if (!in_sweep(edge, sweep) && source >= block_begin && source < block_end)
            some.push_back(edge);
        }
        if (some.empty()) continue;
        Step step = edge_step(p, some);
        step.edges.begins = !begun[p];
        begun[p] = true;
        into.early.push_back(step);
      }
      block_begin = block_end;
    }
    return true;
  }

  Step edge_step(std::size_t plane, const std::vector<Edge>& edges) {
    Step step;
    step.kind = Step::Kind::edges;
    step.slot = slot_[plane];
    step.edges.target = step.slot;
    step.edges.count = static_cast<int>(edges.size());
    step.edges.dilation = layer_of(plane).dilation;
    step.edges.bias = layer_of(plane).bias;
    for (const Edge& edge : edges) {
      plan_.sources.push_back(slot_[static_cast<std::size_t>(edge.source)]);
      plan_.weights.insert(plan_.weights.end(), edge.kernel.begin(), edge.kernel.end());
    }
    return step;
  }

  // `last` marks the output as complete, with a step of its own only if there is none yet.
  void add_outputs(std::size_t sweep, const std::vector<std::size_t>& from, bool last) {
    auto& steps = plan_.sweeps[sweep].steps;
    if (last && !steps.empty() && steps.back().kind == Step::Kind::outputs) {
      steps.back().concludes = true;
      return;
    }
    Step step;
    step.kind = Step::Kind::outputs;
    step.outputs.outputs = network_.outputs;
    step.outputs.count = static_cast<int>(from.size());
    step.outputs.begins = !outputs_begun_;
    step.concludes = last;
    // The rows of an output are complete in order only if its steps do not overtake each other.
    step.lag = outputs_sweep_ == sweep ? outputs_lag_ : 0;
    for (std::size_t p : from) {
      step.lag = std::max(step.lag, lag_[p]);
      plan_.sources.push_back(slot_[p]);
      for (std::size_t i = p; i < network_.final_weights.size(); i += planes_)
        plan_.weights.push_back(network_.final_weights[i]);
    }
    outputs_begun_ = true;
    outputs_sweep_ = sweep;
    outputs_lag_ = step.lag;
    plan_.sweeps[sweep].most_lag = std::max(plan_.sweeps[sweep].most_lag, step.lag);
    steps.push_back(step);
  }

  // Only now do the vectors stay where they are. Steps took from them in the order of their making.
  void bind() {
    const int* source = plan_.sources.data();
    const float* weight = plan_.weights.data();
    const auto take = [&](Step& step) {
      if (step.kind == Step::Kind::edges) {
        step.edges.sources = source;
        step.edges.weights = weight;
        source += step.edges.count;
        weight += 9 * step.edges.count;
      } else if (step.kind == Step::Kind::outputs) {
        step.outputs.sources = source;
        step.outputs.weights = weight;
        step.outputs.biases = plan_.biases.data();
        source += step.outputs.count;
        weight += step.outputs.count * step.outputs.outputs;
      }
    };
    for (Sweep& sweep : plan_.sweeps) {
      for (Step& step : sweep.early) take(step);
      for (Step& step : sweep.steps) take(step);
    }
  }

  const Network& network_;
  const std::size_t inputs_, planes_;
  std::vector<std::size_t> sweep_of_;
  std::vector<int> lag_;  // within the sweep
  std::vector<int> slot_;
  bool outputs_begun_ = false;
  std::size_t outputs_sweep_ = 0;
  int outputs_lag_ = 0;
  Plan plan_;
};

}  // namespace

Plan make_plan(const Network& network) {
  return Planner(network).make();
}

}  // namespace slicecast::nn::msd
