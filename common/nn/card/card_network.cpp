#include "common/nn/card/card_network.h"

#include "common/recon/backend_module.h"

namespace slicecast::nn {

msd::CardNetworkMaker networks_on_card(const std::string& device) {
  return [device](const msd::Network& network) -> msd::CardNetworkResult {
    const auto module = recon::BackendModule::load(recon::backend_module_path("cuda"));
    if (!module) return module.error();
    const auto entry = module->entry<msd::CardNetworkEntry>(msd::kCardNetworkEntry);
    if (!entry) return entry.error();
    msd::CardNetworkResult answer = Error{Errc::unavailable, "the module gave no answer"};
    (*entry)(network, device, &answer);
    return answer;
  };
}

}  // namespace slicecast::nn
