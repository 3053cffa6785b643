// A graph compiled for the sizes that were asked for last.
#pragma once

#include <list>
#include <memory>
#include <span>
#include <vector>

#include "common/nn/graph/executor.h"
#include "common/nn/graph/graph.h"
#include "common/nn/graph/plan.h"

namespace slicecast::nn {

class SizedNetwork {
 public:
  SizedNetwork(const Graph& graph, const NetworkBackend& backend)
      : graph_(graph), backend_(backend) {}

  // `image`: [channels][rows][columns]. Padded to what the network can work with; the output is
  // cut back to rows x columns where it is as large as its input, else it is as it comes.
  Result<Tensor> run_image(std::span<const float> image, int rows, int columns, int threads);
  Result<Tensor> run_exactly(const Tensor& input, int threads);

 private:
  struct Compiled {
    Shape asked, input, output;
    int threads;
    std::unique_ptr<Executor> executor;
  };
  // The compiled network for an input of this shape; grows it if `image` and it has to.
  Result<Compiled*> compiled(const Shape& asked, int threads, bool image);

  const Graph& graph_;
  const NetworkBackend& backend_;
  std::list<Compiled> latest_;  // newest use first, four at most
};

// The plan for the smallest size from `asked` on, by steps of 2, 4 ... 64, at which the output is
// as large as the input; if there is none, the plan for `asked`. The error is that of `asked`.
Result<Plan> plan_for_image(const Graph& graph, const Shape& asked);

// The plan that shows what the network is: at its declared size, else at a moderate one.
Result<Plan> trial_plan(const Graph& graph);

}  // namespace slicecast::nn
