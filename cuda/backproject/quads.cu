// Backprojection from stored neighbourhoods.
#include "cuda/backproject/instances.h"
#include "cuda/device/device_code.cuh"

namespace slicecast::cuda {
namespace {

const DeviceCodeOf<BackprojectTiles<HalfQuads, 1>, BackprojectTiles<HalfQuads, 2>,
                   BackprojectTiles<HalfQuads, 4>, BackprojectTiles<HalfQuads, 8>,
                   BackprojectTiles<SingleQuads, 1>, BackprojectTiles<SingleQuads, 2>,
                   BackprojectTiles<SingleQuads, 4>, BackprojectTiles<SingleQuads, 8>>
    device_code;

}  // namespace
}  // namespace slicecast::cuda
