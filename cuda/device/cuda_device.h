// A card through the CUDA runtime, which is linked statically: the driver is looked for at run
// time, and its absence is an Error.
#pragma once

#include <memory>
#include <string_view>

#include "cuda/device/device.h"

namespace slicecast::cuda {

// Cards that this process may use; the Error says why there are none.
Result<int> cuda_card_count();

// `which`: empty (the first that check_card() lets through), an index, or a UUID ("GPU-..." or the
// start of one).
Result<std::unique_ptr<Device>> open_cuda_device(std::string_view which);

// The card that `facts` is about; takes the driver's memory for this process.
Result<std::unique_ptr<Device>> make_cuda_device(const DeviceFacts& facts);

}  // namespace slicecast::cuda
