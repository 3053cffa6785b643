// The backend "cuda": every operation of recon::Backend on one or several cards.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/recon/backend.h"
#include "common/recon/kernel_config.h"
#include "cuda/device/device.h"

namespace slicecast::cuda {

// Images are dealt to the cards in turn, hence by angle; frames are processed on the first. Refuses
// a configuration that does not fit a card, and cards with too little free memory.
Result<std::unique_ptr<recon::Backend>> make_card_backend(
    std::vector<std::shared_ptr<Device>> devices, const recon::CudaKernels& kernels);

// "" -> {""} (any card), "0,GPU-12ab" -> {"0", "GPU-12ab"}; "all" -> {"0", ..., "cards - 1"}.
// Refuses what is empty between commas or named twice.
Result<std::vector<std::string>> cards_named(std::string_view which, int cards);

}  // namespace slicecast::cuda
