// What the row filter kernels read from tables: twiddles and gain, both in the kernel's own order.
#pragma once

#include <cstddef>
#include <vector>

#include "common/recon/processing_plan.h"
#include "cuda/device/portable.h"

namespace slicecast::cuda {

// Shortest length of FilterRows that holds rows of `extended` samples, zero-padded to twice that;
// 0: none is long enough whose blocks get by with `shared_bytes` of shared memory.
int filter_length(int extended, std::size_t shared_bytes);

// Lengths for rows that no kernel holds: a multiple of a power of two by 1 or 3, as short as that.
int long_filter_length(int extended);

// Twiddles of all passes of FilterRows<length>, fft_passes.h.
std::vector<Float2> twiddle_table(int length);

// Gain of a transform of any even `length` >= 2 (columns + 2 taper) at frequencies 0..length - 1,
// divided by the length, such that the linear convolution is that of `padding`: with the spatial
// response that recon::ramp_gain defines on padding.length.
std::vector<float> filter_gain(const recon::RowPadding& padding, double tau_mm,
                               const recon::PixelParameters& parameters, int length);

// The same numbers in the order in which FilterRows<length> leaves the spectrum.
std::vector<float> in_spectrum_order(const std::vector<float>& gain);

}  // namespace slicecast::cuda
