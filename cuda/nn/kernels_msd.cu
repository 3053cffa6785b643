// Code for the card: mixed-scale dense networks.
#include "cuda/device/device_code.cuh"
#include "cuda/kernels/msd.h"

namespace {
const slicecast::cuda::DeviceCodeOf<slicecast::cuda::MsdInput, slicecast::cuda::MsdPlane,
                                    slicecast::cuda::MsdLast>
    device_code;
}
