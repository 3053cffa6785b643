// Runs plans. A backend compiles a plan once; what it returns runs as often as asked. Adding a
// backend touches no caller, and one that is not usable on this machine is a fact found at run
// time: `find_network_backend` says why.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"
#include "common/nn/graph/plan.h"

namespace slicecast::nn {

class Executor {
 public:
  virtual ~Executor() = default;
  // `input` and `output` have the sizes of the plan's input and output shapes, row-major. Labels
  // come as whole numbers. Not to be called from two threads at once.
  virtual Result<void> run(std::span<const float> input, std::span<float> output) = 0;
};

class NetworkBackend {
 public:
  virtual ~NetworkBackend() = default;
  virtual std::string_view name() const = 0;
  virtual std::string description() const = 0;  // "onednn 2.6.3 (avx512_core_vnni)"
  // `threads`: as many as the executor may use, from 1.
  virtual Result<std::unique_ptr<Executor>> compile(Plan plan, int threads) const = 0;
};

// "auto" (a card if there is one, else the processor), "onednn", "cudnn", "reference". Lives as
// long as the program. unavailable: this machine has none of that kind.
Result<const NetworkBackend*> find_network_backend(std::string_view name);
std::vector<std::string> network_backend_names();
// One line that says why "auto" takes the processor; empty when it takes a card.
std::string why_no_card();

}  // namespace slicecast::nn
