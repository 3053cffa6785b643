// What contour evolution computes from grey values, 64 pixels (one word of a level set) at a time.
#pragma once

#include <cstdint>

namespace slicecast::segmentation::kernels {

// Sum of the values whose bits are set. `values` is readable for whole words and finite.
double sum_of_set(const float* values, const std::uint64_t* bits, int words);

struct RegionForce {
  float inside_weight = 1, outside_weight = 1;
  float inside_mean = 0, outside_mean = 0;
};
// Bits of the 64 pixels for which inside_weight (value - inside_mean)^2 is less (more) than
// outside_weight (value - outside_mean)^2.
struct Pull {
  std::uint64_t in = 0, out = 0;
};
Pull region_pull(const float* values, const RegionForce& force);

// The sign of gx (right - left) + gy (below - above) for 64 pixels, the neighbours being bits.
struct Neighbours {
  std::uint64_t left = 0, right = 0, above = 0, below = 0;
};
Pull edge_pull(const float* gx, const float* gy, const Neighbours& neighbours);

}  // namespace slicecast::segmentation::kernels
