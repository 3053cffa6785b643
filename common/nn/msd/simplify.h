// The same function with fewer planes: what pruning leaves behind costs nothing.
#pragma once

#include "common/nn/msd/network.h"

namespace slicecast::nn::msd {

// Drops edges whose weights are all zero, planes that do not reach the output, and planes without
// edges, whose constant goes into the biases of their readers (not with a zeros border, where such
// a plane is no constant for a kernel that reads beyond the image). Inputs stay. Expects a valid
// network; equal to it but for rounding wherever its values are finite.
Network simplify(const Network& network);

}  // namespace slicecast::nn::msd
