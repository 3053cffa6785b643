// Counter-based random numbers (Philox 4x32-10: Salmon, Moraes, Dror and Shaw, "Parallel random
// numbers: as easy as 1, 2, 3", SC'11): a pure function of seed and counter, so that a pixel's
// noise does not depend on the order or the thread in which frames are made.
#pragma once

#include <array>
#include <cstdint>

namespace slicecast::phantom {

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::uint64_t key);

// In (0, 1), never 0 or 1: 52 bits out of two words.
double uniform(std::uint32_t high, std::uint32_t low);

// Quantile of the standard normal distribution, probability in (0, 1); relative error below 1.2e-9
// (P. J. Acklam, "An algorithm for computing the inverse normal cumulative distribution function",
// 2003).
double normal_quantile(double probability);

// Smallest k with P(Poisson(mean) <= k) >= probability below mean 32; above, the Cornish-Fisher
// expansion mean + z sqrt(mean) + (z^2 - 1)/6 rounded to the nearest count.
double poisson_quantile(double mean, double probability);

}  // namespace slicecast::phantom
