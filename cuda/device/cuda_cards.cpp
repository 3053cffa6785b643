// Which cards there are, and opening one.
#include <cuda_runtime_api.h>

#include <cstdio>
#include <string>

#include "cuda/device/cuda_device.h"
#include "cuda/device/device_errors.h"

namespace slicecast::cuda {
namespace {

std::string uuid_text(const cudaUUID_t& uuid) {
  std::string text = "GPU-";
  for (int i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned char>(uuid.bytes[i]));
    text += digits;
  }
  return text;
}

Result<DeviceFacts> facts_of(int index) {
  cudaDeviceProp properties;
  if (const cudaError_t status = cudaGetDeviceProperties(&properties, index); status != cudaSuccess)
    return card_lost(std::to_string(index), "cudaGetDeviceProperties", cudaGetErrorString(status));
  DeviceFacts facts;
  facts.index = index;
  facts.name = properties.name;
  facts.uuid = uuid_text(properties.uuid);
  facts.compute_major = properties.major;
  facts.compute_minor = properties.minor;
  cudaDriverGetVersion(&facts.driver_version);
  cudaRuntimeGetVersion(&facts.runtime_version);
  facts.multiprocessors = properties.multiProcessorCount;
  facts.threads_per_block = properties.maxThreadsPerBlock;
  facts.threads_per_multiprocessor = properties.maxThreadsPerMultiProcessor;
  facts.shared_bytes_per_block = properties.sharedMemPerBlockOptin;
  facts.total_bytes = properties.totalGlobalMem;
  facts.texture_width = properties.maxTexture2DGather[0];
  facts.texture_height = properties.maxTexture2DGather[1];
  return facts;
}

}  // namespace

Result<int> cuda_card_count() {
  int driver = 0;
  if (cudaDriverGetVersion(&driver) != cudaSuccess || driver == 0) {
    cudaGetLastError();
    return no_driver();
  }
  if (driver < kNeededDriver) return old_driver(driver);
  int cards = 0;
  const cudaError_t status = cudaGetDeviceCount(&cards);
  cudaGetLastError();
  if (status == cudaErrorInsufficientDriver) return old_driver(driver);
  if (status == cudaErrorNoDevice || (status == cudaSuccess && cards == 0)) return no_card();
  if (status != cudaSuccess)
    return Error{Errc::unavailable, std::string("the NVIDIA driver does not start: ") +
                                        cudaGetErrorString(status) +
                                        "; check nvidia-smi, or choose backend cpu"};
  return cards;
}

Result<std::unique_ptr<Device>> open_cuda_device(std::string_view which) {
  const auto cards = cuda_card_count();
  if (!cards) return cards.error();
  Error refused = no_such_card(which, *cards);
  for (int index = 0; index < *cards; ++index) {
    const auto facts = facts_of(index);
    if (!facts) return facts.error();
    const bool chosen = which.empty() || which == std::to_string(index) ||
                        (which.starts_with("GPU-") && facts->uuid.starts_with(which));
    if (!chosen) continue;
    const auto runs = check_card(*facts);
    if (runs) return make_cuda_device(*facts);
    refused = runs.error();
    if (!which.empty()) break;  // an older card beside the one that is meant harms nobody
  }
  return refused;
}

}  // namespace slicecast::cuda
