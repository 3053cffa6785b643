// Steps of a plan as calls of cuDNN. A step for which cuDNN has no call, or none with just these
// pads, is none here: the executor computes it on the host.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "common/nn/graph/cudnn/card_memory.h"
#include "common/nn/graph/plan.h"

namespace slicecast::nn::cudnn {

struct Workspace {
  CardAddress at = 0;
  std::size_t bytes = 0;
};

// Runs one step; addresses in the order of Step::inputs.
class CardStep {
 public:
  virtual ~CardStep() = default;
  virtual std::size_t workspace_bytes() const { return 0; }
  virtual Result<void> run(Handle handle, std::span<const CardAddress> inputs, CardAddress output,
                           const Workspace& workspace) const = 0;
};

// Null: to be computed on the host. Errors are those of the card and of cuDNN.
Result<std::unique_ptr<CardStep>> card_step(const std::shared_ptr<const Library>& library,
                                            Handle handle, const Plan& plan, const Step& step);

}  // namespace slicecast::nn::cudnn
