// Kernels whose results are known by heart.
#pragma once

#include "cuda/device/kernel.h"

namespace slicecast::cuda::tests {

// Each block's values in the opposite order, `times` times.
struct Reverse {
  static constexpr int kPhases = 2;
  static constexpr int kMostThreads = 128;
  struct Registers {
    int value;
  };
  int* values;
  int times;

  SLICECAST_HD int turns() const { return times; }
  template <int kPhase>
  SLICECAST_HD void phase(const Thread& t, unsigned char* shared, Registers& own) const {
    int* const exchange = reinterpret_cast<int*>(shared);
    if constexpr (kPhase == 0) {
      if (t.turn == 0) own.value = values[t.in_grid()];
      exchange[t.thread] = own.value;
    } else {
      own.value = exchange[t.threads - 1 - t.thread];
      values[t.in_grid()] = own.value;
    }
  }
};

struct HalfRoundTrip {
  std::uint16_t* bits;
  const float* values;
  float* back;
  std::size_t count;

  SLICECAST_HD void operator()(const Thread& t) const {
    const std::size_t i = t.in_grid();
    if (i >= count) return;
    bits[i] = half_of_float(values[i]);
    back[i] = float_of_half(bits[i]);
  }
};

}  // namespace slicecast::cuda::tests
