#include "cuda/device/device_code.cuh"
#include "cuda/kernels/add_scaled.h"

namespace {
const slicecast::cuda::DeviceCodeOf<slicecast::cuda::AddScaled> device_code;
}
