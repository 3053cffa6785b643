// The table of compiled kernels: which combinations of knobs exist. The .cu files compile exactly
// these for cards; everything else chooses among them at run time.
#pragma once

#include <cstdint>

#include "cuda/kernels/backproject.h"
#include "cuda/kernels/image_layout.h"
#include "cuda/kernels/store_image.h"

namespace slicecast::cuda {

using HalfRows = MemorySampler<RowLayout<std::uint16_t>>;
using SingleRows = MemorySampler<RowLayout<float>>;
using HalfQuads = MemorySampler<QuadLayout<std::uint16_t>>;
using SingleQuads = MemorySampler<QuadLayout<float>>;

// Points that one thread sums.
inline constexpr int kPointChoices[] = {1, 2, 4, 8};

// Calls visit.template operator()<BackprojectTiles<Sampler, points>>(); `points` is one of
// kPointChoices.
template <class Sampler, class Visit>
auto with_points(int points, Visit&& visit) {
  switch (points) {
    case 1: return visit.template operator()<BackprojectTiles<Sampler, 1>>();
    case 2: return visit.template operator()<BackprojectTiles<Sampler, 2>>();
    case 4: return visit.template operator()<BackprojectTiles<Sampler, 4>>();
    default: return visit.template operator()<BackprojectTiles<Sampler, 8>>();
  }
}

}  // namespace slicecast::cuda
