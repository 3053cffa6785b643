#include "cuda/tests/card.h"

#include <cstdlib>

#include "cuda/device/simulated_device.h"

namespace slicecast::cuda::tests {

// As SLICECAST_SIMULATED_CARD says: all cases again with threads in the other order.
std::shared_ptr<Device> open_card() {
  const char* text = std::getenv("SLICECAST_SIMULATED_CARD");
  return taken(SimulatedDevice::open(taken(SimulatedOptions::parse(text == nullptr ? "" : text))));
}

Device& card() {
  static const std::shared_ptr<Device> device = open_card();
  return *device;
}

}  // namespace slicecast::cuda::tests
