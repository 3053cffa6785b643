// Code for the card: the fused row filter of the lengths up to 2048.
#include "cuda/device/device_code.cuh"
#include "cuda/kernels/process_ramp.h"

namespace {

using namespace slicecast::cuda;

const DeviceCodeOf<FilterRows<128>, FilterRows<512>, FilterRows<1024>, FilterRows<1536>,
                   FilterRows<2048>>
    device_code;

}  // namespace
