// Finds out whether a plan is one mixed-scale dense network: an optional scale and shift of the
// input, then dilated 3x3 convolutions with relu over a growing concatenation, then a 1x1
// convolution, an optional scale and shift, and an optional softmax, log-softmax or arg max.
//
// The border may be the convolution's own zero padding, a Pad node, or flips and joins of slices:
// whatever moves pixels is followed pixel by pixel at the plan's size, and the rows and columns
// that a kernel reads beyond the image must be those of one border mode. What holds at that size
// is taken to hold at any.
#pragma once

#include <optional>

#include "common/nn/graph/plan.h"
#include "common/nn/msd/network.h"

namespace slicecast::nn {

// `border`: takes the place of zero padding; nothing: zero padding stays what it is. The result is
// valid; nothing: the plan is something else, or more than the engine's limits allow.
std::optional<msd::Network> find_msd(const Plan& plan, std::optional<msd::Border> border);

// Rows and columns at which every border mode can be told from the others.
Shape msd_trial_shape(const Graph& graph);

}  // namespace slicecast::nn
