// Cards of libslicecast_cuda.so.
#include "cuda/device/cuda_device.h"
#include "cuda/module/module_entry.h"

namespace slicecast::cuda {

Result<int> module_card_count() {
  return cuda_card_count();
}

Result<std::shared_ptr<Device>> open_module_card(const std::string& which) {
  auto device = open_cuda_device(which);
  if (!device) return device.error();
  return std::shared_ptr<Device>(std::move(*device));
}

}  // namespace slicecast::cuda
