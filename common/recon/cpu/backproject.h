// Backprojection on the embedded processor with Highway kernels.
//
// Slices are walked in blocks of one vector of neighbouring points. Where the block's footprint on
// the detector is small (the usual case), its detector rows are loaded contiguously and permuted;
// larger footprints gather. Along which grid direction a block lies is chosen per term, so that it
// crosses few detector rows. All images must come from the cpu backend.
#pragma once

#include <memory>

#include "common/recon/backend.h"

namespace slicecast::recon {

std::unique_ptr<Backproject> make_cpu_backproject(const CpuKernels& kernels);

}  // namespace slicecast::recon
