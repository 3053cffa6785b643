#include "cuda/bench/kernels.h"

#include "cuda/backproject/instances.h"
#include "cuda/device/device_code.cuh"

namespace slicecast::cuda::bench {
namespace {

const DeviceCodeOf<CopyBytes, FetchRate<HalfRows>, FetchRate<SingleRows>, FetchRate<HalfQuads>,
                   FetchRate<SingleQuads>, FetchRate<GatherSampler>, FetchRate<FilteredSampler>>
    device_code;

}  // namespace
}  // namespace slicecast::cuda::bench
