// The backend "reference": one plain loop after the other, on the calling thread.
#pragma once

#include "common/nn/graph/executor.h"

namespace slicecast::nn::reference {

const NetworkBackend& backend();

}  // namespace slicecast::nn::reference
