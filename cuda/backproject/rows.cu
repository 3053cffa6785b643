// Backprojection from rows of pixels.
#include "cuda/backproject/instances.h"
#include "cuda/device/device_code.cuh"

namespace slicecast::cuda {
namespace {

const DeviceCodeOf<BackprojectTiles<HalfRows, 1>, BackprojectTiles<HalfRows, 2>,
                   BackprojectTiles<HalfRows, 4>, BackprojectTiles<HalfRows, 8>,
                   BackprojectTiles<SingleRows, 1>, BackprojectTiles<SingleRows, 2>,
                   BackprojectTiles<SingleRows, 4>, BackprojectTiles<SingleRows, 8>>
    device_code;

}  // namespace
}  // namespace slicecast::cuda
