// The backend "onednn": convolutions, pooling and the like by oneDNN in the blocked layouts that it
// chooses, all else by the plain loops. Debian's oneDNN uses OpenMP: do not run it beside a busy
// TBB arena.
#pragma once

#include "common/nn/graph/executor.h"

namespace slicecast::nn::onednn {

const NetworkBackend& backend();

}  // namespace slicecast::nn::onednn
