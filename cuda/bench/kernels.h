// What bounds the backend's kernels, by itself: moving bytes, and fetching four pixels.
#pragma once

#include "cuda/device/kernel.h"
#include "cuda/kernels/image_layout.h"

namespace slicecast::cuda::bench {

struct CopyBytes {
  Float4* to;
  const Float4* from;
  std::size_t count;

  SLICECAST_HD void operator()(const Thread& t) const {
    const std::size_t i = t.in_grid();
    if (i < count) to[i] = load_once(from + i);
  }
};

// Interpolated fetches from an image that fits into the caches; a warp's lanes form a patch of 8x4
// pixels, as in backprojection.
template <class Sampler>
struct FetchRate {
  static constexpr int kFetches = 256;  // of a thread
  ImagePlace image;
  float* sums;

  SLICECAST_HD void operator()(const Thread& t) const {
    const int lane = static_cast<int>(t.thread) & 31;
    const int base_row = static_cast<int>(t.thread) >> 5 << 2;
    const auto row = static_cast<float>((base_row + (lane >> 3)) % (image.rows - 1));
    auto column = static_cast<float>((lane & 7) + static_cast<int>(t.block_x % 16U));
    const auto last = static_cast<float>(image.columns - 1);
    float sum = 0;
    for (int i = 0; i < kFetches; ++i) {
      sum += Sampler::fetch(image, row, column, 0.25F, 0.75F);
      column = column + 1 < last ? column + 1 : 0;
    }
    sums[t.in_grid()] = sum;
  }
};

}  // namespace slicecast::cuda::bench
