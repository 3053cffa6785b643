// Cards of libslicecast_cuda_simulated.so, which tests load in place of the other module. The
// environment variable SLICECAST_SIMULATED_CARD says how they are and how they fail; see
// SimulatedOptions::parse.
#include <cstdlib>

#include "cuda/device/device_errors.h"
#include "cuda/device/simulated_device.h"
#include "cuda/module/module_entry.h"

namespace slicecast::cuda {
namespace {

std::string simulated_options_text() {
  const char* text = std::getenv("SLICECAST_SIMULATED_CARD");
  return text == nullptr ? "" : text;
}

}  // namespace

Result<int> module_card_count() {
  const auto options = SimulatedOptions::parse(simulated_options_text());
  if (!options) return options.error();
  // Opened for what it refuses: driver and version.
  if (auto device = SimulatedDevice::open(*options); !device) return device.error();
  return options->cards;
}

Result<std::shared_ptr<Device>> open_module_card(const std::string& which) {
  auto options = SimulatedOptions::parse(simulated_options_text());
  if (!options) return options.error();
  for (int index = 0; index < options->cards; ++index) {
    options->index = index;
    auto device = SimulatedDevice::open(*options);
    if (!device) return device.error();
    if (which.empty() || which == std::to_string(index) ||
        (which.starts_with("GPU-") && (*device)->facts().uuid.starts_with(which)))
      return std::shared_ptr<Device>(std::move(*device));
  }
  return no_such_card(which, options->cards);
}

}  // namespace slicecast::cuda
