// Runs one MS-D network on images of any size, as fast as this processor can (Highway, chosen at
// run time: AVX-512, AVX2, portable), in single precision.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "common/base/error.h"
#include "common/base/image_view.h"
#include "common/nn/msd/network.h"

namespace slicecast::nn::msd {

struct Plan;

// Memory of one run, kept for the next: planes of the network and sums of its outputs, once for
// every slice that is computed at the same time. One caller at a time; serves any engine and size,
// and grows to the largest it has met.
class Workspace {
 public:
  Workspace();
  ~Workspace();
  Workspace(Workspace&&) noexcept;
  Workspace& operator=(Workspace&&) noexcept;
  std::size_t bytes() const;

 private:
  friend class Engine;
  struct Memory;
  std::unique_ptr<Memory> memory_;
};

// Immutable once made: any number of threads may run it at the same time, each with a workspace of
// its own. A run uses the threads of the task arena it is called in; results do not depend on how
// many those are.
class Engine {
 public:
  // Refuses what `validate` refuses.
  static Result<Engine> create(const Network& network);
  ~Engine();
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;

  int inputs() const;
  int outputs() const;
  std::size_t edges() const;  // 3x3 kernels per image that are left after simplification

  // The input channels of one slice after the other, all of one size; as many times the output
  // channels, of that size. Not for networks whose output is arg_max. Views of inputs and outputs
  // must not overlap.
  Result<void> run(std::span<const ImageView<const float>> channels, Workspace& workspace,
                   std::span<const ImageView<float>> outputs) const;

  // The channel of the largest output, the lowest among equals, of any network; for a softmax or
  // log-softmax it is the most likely class. One label map per slice.
  Result<void> run_labels(std::span<const ImageView<const float>> channels, Workspace& workspace,
                          std::span<const ImageView<std::uint8_t>> labels) const;

 private:
  explicit Engine(std::unique_ptr<const Plan> plan);
  Result<void> run_checked(std::span<const ImageView<const float>> channels, Workspace& workspace,
                           std::span<const ImageView<float>> outputs,
                           std::span<const ImageView<std::uint8_t>> labels) const;
  std::unique_ptr<const Plan> plan_;
};

}  // namespace slicecast::nn::msd
