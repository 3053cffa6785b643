#include "cuda/module/module_entry.h"

#include <set>
#include <utility>

#include "cuda/backend/backend.h"
#include "cuda/device/device_errors.h"

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

}  // extern "C"
