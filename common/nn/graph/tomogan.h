// A network of the size and shape of TomoGAN's generator (Z. Liu et al., "TomoGAN: low-dose
// synchrotron x-ray tomography with generative adversarial networks", J. Opt. Soc. Am. A 37, 2020,
// figure 2): a U-Net with three steps down and up, 694,897 parameters. Its weights are drawn, not
// trained: it serves benchmarks and tests.
#pragma once

#include <cstdint>

#include "common/nn/graph/graph.h"

namespace slicecast::nn {

// Takes {1, 1, rows, columns} of multiples of 8; other sizes are padded by the model.
Graph make_tomogan(std::uint32_t seed);

}  // namespace slicecast::nn
