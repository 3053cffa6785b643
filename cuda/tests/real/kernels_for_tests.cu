#include "cuda/tests/kernels_for_tests.h"

#include "cuda/device/device_code.cuh"

namespace {
const slicecast::cuda::DeviceCodeOf<slicecast::cuda::tests::Reverse,
                                    slicecast::cuda::tests::HalfRoundTrip>
    device_code;
}
