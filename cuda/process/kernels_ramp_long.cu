// Code for the card: the fused row filter of the longer lengths, apart so that both compile at
// once.
#include "cuda/device/device_code.cuh"
#include "cuda/kernels/process_ramp.h"

namespace {

using namespace slicecast::cuda;

const DeviceCodeOf<FilterRows<3072>, FilterRows<4096>, FilterRows<6144>, FilterRows<8192>,
                   FilterRows<12288>, FilterRows<16384>>
    device_code;

}  // namespace
