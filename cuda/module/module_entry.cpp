#include "cuda/module/module_entry.h"

#include <set>
#include <utility>

#include "cuda/backend/backend.h"
#include "cuda/device/device_errors.h"
#include "cuda/nn/msd_network.h"

namespace slicecast::cuda {
namespace {

Result<const recon::Backend*> open_backend(const recon::BackendRequest& request) {
  const auto count = module_card_count();
  if (!count) return count.error();
  const auto names = cards_named(request.device, *count);
  if (!names) return names.error();
  std::vector<std::shared_ptr<Device>> devices;
  std::set<int> indices;
  for (const std::string& name : *names) {
    auto device = open_module_card(name);
    if (!device) return device.error();
    // An index and a UUID may name one card.
    if (!indices.insert((*device)->facts().index).second)
      return no_such_card(request.device, *count);
    devices.push_back(std::move(*device));
  }
  auto backend = make_card_backend(std::move(devices), request.kernels.cuda);
  if (!backend) return backend.error();
  // For as long as the program: drivers are gone before objects of static life are.
  return static_cast<const recon::Backend*>(backend->release());
}

// A card of its own context: networks and slices wait for none but the card.
nn::msd::CardNetworkResult put_network(const nn::msd::Network& network, const std::string& which) {
  const auto count = module_card_count();
  if (!count) return count.error();
  const auto names = cards_named(which, *count);
  if (!names) return names.error();
  auto device = open_module_card(names->front());
  if (!device) return device.error();
  auto made = MsdOnCard::create(std::move(*device), network);
  if (!made) return made.error();
  return std::unique_ptr<nn::msd::CardNetwork>(std::move(*made));
}

}  // namespace
}  // namespace slicecast::cuda

extern "C" {

__attribute__((visibility("default"))) const char* slicecast_backend_module_version() {
  return slicecast::recon::backend_module_version();
}

__attribute__((visibility("default"))) void slicecast_backend_module(
    const slicecast::recon::BackendRequest& request,
    slicecast::Result<const slicecast::recon::Backend*>* answer) {
  *answer = slicecast::cuda::open_backend(request);
}

__attribute__((visibility("default"))) void slicecast_msd_network(
    const slicecast::nn::msd::Network& network, const std::string& device,
    slicecast::nn::msd::CardNetworkResult* answer) {
  *answer = slicecast::cuda::put_network(network, device);
}

}  // extern "C"
