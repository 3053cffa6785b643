#include "cuda/tests/card.h"

#include "cuda/device/cuda_device.h"

namespace slicecast::cuda::tests {

std::shared_ptr<Device> open_card() {
  return taken(open_cuda_device(""));
}

Device& card() {
  // Left to the end of the process: the runtime may be gone before objects of static life are.
  static const auto* const device = new std::shared_ptr<Device>(open_card());
  return **device;
}

}  // namespace slicecast::cuda::tests
