// From sums of the last layer to what a caller asked for, a row at a time; compiled per instruction
// set, chosen at run time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "common/nn/msd/network.h"

namespace slicecast::nn::msd::kernels {

// `sums`: row of channel 0, 64-byte aligned; channel c lies channel_stride floats further, aligned
// too, and reaches to the next multiple of kColumnUnit. Applies the affines (one per channel) and
// `output` (not arg_max), in place.
void finish_row(float* sums, std::ptrdiff_t channel_stride, std::span<const Affine> affines,
                Output output, int columns);

// Writes `columns` labels; `sums` as above, and untouched.
void label_row(const float* sums, std::ptrdiff_t channel_stride, std::span<const Affine> affines,
               int columns, std::uint8_t* labels);

}  // namespace slicecast::nn::msd::kernels
