// Networks on an NVIDIA card through cuDNN 9: convolutions, pooling, activations, sums, softmax and
// joins there, what is left on the host between two copies.
#pragma once

#include <memory>

#include "common/nn/graph/cudnn/library.h"
#include "common/nn/graph/executor.h"

namespace slicecast::nn::cudnn {

std::unique_ptr<NetworkBackend> make_backend(std::shared_ptr<const Library> library);

// The one of this machine; unavailable says in one line why there is none.
Result<const NetworkBackend*> backend();

}  // namespace slicecast::nn::cudnn
