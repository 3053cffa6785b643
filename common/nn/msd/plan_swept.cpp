#include <algorithm>
#include <cstddef>

#include "common/nn/msd/plan_writer.h"

namespace slicecast::nn::msd {
namespace {

// A sweep ends when a layer would lag further than this: rows between the first and the last step
// have to stay in a cache, and chunks of different threads overlap by them.
constexpr int kMostSweepLag = 96;
// ... or when a layer reads more planes of its own sweep than this: those edges cannot be blocked.
constexpr std::size_t kMostLate = 14;
// Early sources per block: more save traffic of sums, fewer leave a band of them in the second
// cache.
constexpr std::size_t kBlock = 4;
// Early edges are worth blocks if their sources are read by so many layers of a sweep on average.
constexpr std::size_t kShared = 3;

class SweepPlanner {
 public:
  explicit SweepPlanner(const Network& network) : to_(network), sweep_of_(to_.planes) {}

  Plan make() && {
    assign_sweeps();
    assign_slots();
    for (std::size_t k = 0; k < to_.plan.sweeps.size(); ++k) fill(k);
    return std::move(to_).finish();
  }

 private:
  bool in_sweep(const Edge& edge, std::size_t sweep) const {
    return sweep_of_[static_cast<std::size_t>(edge.source)] == sweep;
  }

  void assign_sweeps() {
    std::size_t sweep = 0;
    for (std::size_t p = to_.inputs; p < to_.planes; ++p) {
      const Layer& layer = to_.layer_of(p);
      std::size_t late = 0;
      int lag = 0;
      for (const Edge& edge : layer.edges)
        if (in_sweep(edge, sweep)) {
          ++late;
          lag = std::max(lag, to_.lag[static_cast<std::size_t>(edge.source)] + layer.dilation);
        }
      if (late > kMostLate || lag > std::max(kMostSweepLag, layer.dilation)) {
        ++sweep;
        lag = 0;
      }
      sweep_of_[p] = sweep;
      to_.lag[p] = lag;
    }
    to_.plan.sweeps.resize(sweep + 1);
  }

  // Planes whose last reader is in an earlier sweep give their memory to new ones.
  void assign_slots() {
    std::vector<std::size_t> last_use = sweep_of_;
    for (std::size_t p = to_.inputs; p < to_.planes; ++p)
      for (const Edge& edge : to_.layer_of(p).edges)
        last_use[static_cast<std::size_t>(edge.source)] = sweep_of_[p];
    PlaneGroup whole;
    std::vector<int> idle;
    std::vector<bool> given_back(to_.planes);
    for (std::size_t p = 0, next = 0; p < to_.planes; p = next) {
      for (std::size_t old = 0; old < p; ++old)
        if (!given_back[old] && last_use[old] < sweep_of_[p]) {
          given_back[old] = true;
          idle.push_back(to_.place[old].slot);
        }
      for (next = p; next < to_.planes && sweep_of_[next] == sweep_of_[p]; ++next) {
        if (idle.empty()) idle.push_back(whole.planes++);
        to_.place[next] = {0, idle.back()};
        idle.pop_back();
      }
    }
    to_.plan.planes = {whole};
  }

  void fill(std::size_t sweep) {
    Sweep& into = to_.plan.sweeps[sweep];
    std::vector<std::size_t> layers, finished;
    for (std::size_t p = 0; p < to_.planes; ++p)
      if (sweep_of_[p] == sweep && p >= to_.inputs) layers.push_back(p);
    for (std::size_t p = 0; p < to_.inputs && sweep == 0; ++p) {
      into.steps.push_back(to_.load(p));
      if (to_.reaches_output(p)) finished.push_back(p);
    }
    std::vector<bool> begun(to_.planes);
    const bool blocked = add_early(into, sweep, layers, begun);
    for (std::size_t p : layers) {
      std::vector<Edge> edges;
      for (const Edge& edge : to_.layer_of(p).edges)
        if (!blocked || in_sweep(edge, sweep)) edges.push_back(edge);
      Step step = to_.sum(p, edges);
      step.edges.begins = !begun[p];
      step.edges.ends = true;
      into.steps.push_back(step);
      if (to_.reaches_output(p)) finished.push_back(p);
      if (finished.size() >= kOutputBlock) {
        to_.append_outputs(sweep, finished);
        finished.clear();
      }
    }
    if (!finished.empty()) to_.append_outputs(sweep, finished);
  }

  // Blocks of edges from planes of earlier sweeps, if enough layers share these.
  bool add_early(Sweep& into, std::size_t sweep, const std::vector<std::size_t>& layers,
                 std::vector<bool>& begun) {
    std::vector<std::size_t> readers(to_.planes);
    std::size_t edges = 0;
    for (std::size_t p : layers)
      for (const Edge& edge : to_.layer_of(p).edges)
        if (!in_sweep(edge, sweep)) {
          ++readers[static_cast<std::size_t>(edge.source)];
          ++edges;
        }
    const auto sources =
        to_.planes - static_cast<std::size_t>(std::ranges::count(readers, std::size_t{0}));
    if (edges == 0 || edges < kShared * sources) return false;
    for (std::size_t begin = 0, end = 0; begin < to_.planes; begin = end) {
      for (std::size_t count = 0; end < to_.planes && count < kBlock; ++end)
        count += readers[end] > 0 ? 1 : 0;
      for (std::size_t p : layers) {
        std::vector<Edge> some;
        for (const Edge& edge : to_.layer_of(p).edges) {
          const auto source = static_cast<std::size_t>(edge.source);
          if (!in_sweep(edge, sweep) && source >= begin && source < end) some.push_back(edge);
        }
        if (some.empty()) continue;
        Step step = to_.sum(p, some);
        step.edges.begins = !begun[p];
        begun[p] = true;
        into.early.push_back(step);
      }
    }
    return true;
  }

  PlanWriter to_;
  std::vector<std::size_t> sweep_of_;
};

}  // namespace

Plan make_swept_plan(const Network& network) {
  return SweepPlanner(network).make();
}

}  // namespace slicecast::nn::msd
