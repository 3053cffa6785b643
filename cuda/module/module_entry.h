// Both modules, for real and for simulated cards, are the same entry around another way to open a
// card.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/recon/backend_module.h"
#include "cuda/device/device.h"

namespace slicecast::cuda {

Result<int> module_card_count();
Result<std::shared_ptr<Device>> open_module_card(const std::string& which);

}  // namespace slicecast::cuda
