// The definition of an MS-D network, plain and in double precision. Slow; every engine is tested
// against it.
#pragma once

#include <span>
#include <vector>

#include "common/base/image_view.h"
#include "common/nn/msd/network.h"

namespace slicecast::nn::msd {

// `channels`: one image per input, all of the same size. Returns [outputs][rows][columns]; for
// arg_max [rows][columns] of labels. The network must have passed `validate`.
std::vector<double> run_reference(const Network& network,
                                  std::span<const ImageView<const float>> channels);

}  // namespace slicecast::nn::msd
