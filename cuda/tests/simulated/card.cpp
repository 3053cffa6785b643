#include "cuda/tests/card.h"

#include "cuda/device/simulated_device.h"

namespace slicecast::cuda::tests {

std::shared_ptr<Device> open_card() {
  return taken(SimulatedDevice::open({}));
}

Device& card() {
  static const std::shared_ptr<Device> device = open_card();
  return *device;
}

}  // namespace slicecast::cuda::tests
