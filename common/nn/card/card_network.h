// Mixed-scale dense networks on the card of the module that has the CUDA backend
// (common/recon/backend_module.h). That there is no module, driver or card is a fact found at run
// time.
#pragma once

#include <string>

#include "common/nn/msd/card_network.h"

namespace slicecast::nn {

// `device`: index or UUID; empty: the first. What it makes lives on a card of its own context.
msd::CardNetworkMaker networks_on_card(const std::string& device);

}  // namespace slicecast::nn
