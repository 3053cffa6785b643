// Backprojection from textures.
#include "cuda/backproject/instances.h"
#include "cuda/device/device_code.cuh"

namespace slicecast::cuda {
namespace {

const DeviceCodeOf<BackprojectTiles<GatherSampler, 1>, BackprojectTiles<GatherSampler, 2>,
                   BackprojectTiles<GatherSampler, 4>, BackprojectTiles<GatherSampler, 8>,
                   BackprojectTiles<FilteredSampler, 1>, BackprojectTiles<FilteredSampler, 2>,
                   BackprojectTiles<FilteredSampler, 4>, BackprojectTiles<FilteredSampler, 8>>
    device_code;

}  // namespace
}  // namespace slicecast::cuda
