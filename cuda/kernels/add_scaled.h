// to += factor * from, the smallest kernel there is: sums of several cards, and a first test.
#pragma once

#include "cuda/device/kernel.h"

namespace slicecast::cuda {

struct AddScaled {
  float* to;
  const float* from;
  float factor;
  std::size_t count;

  SLICECAST_HD void operator()(const Thread& t) const {
    const std::size_t i = t.in_grid();
    if (i < count) to[i] = multiply_add(factor, load_once(from + i), to[i]);
  }
};

}  // namespace slicecast::cuda
