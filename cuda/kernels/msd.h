// A mixed-scale dense network on a card, plane by plane: each thread sums one pixel of the new
// plane over the edges that the plane has, so that a pruned network costs what is left of it.
// Planes lie one after the other without gaps. The last kernel is the 1x1 layer, its scale and the
// softmax or arg max in one. See common/nn/msd/network.h for what is computed.
#pragma once

#include <cstdint>

#include "common/nn/msd/network.h"
#include "cuda/device/kernel.h"

namespace slicecast::cuda {

// Aligned, so that a copy of it is three wide loads.
struct alignas(16) MsdEdge {
  float kernel[9];
  int source;  // plane
};

// nn::msd::border_position, for both sides of the compiler.
SLICECAST_HD int msd_position(nn::msd::Border border, int position, int size) {
  using nn::msd::Border;
  if (position >= 0 && position < size) return position;
  if (border == Border::zeros) return -1;
  if (border == Border::replicate || size == 1) return position < 0 ? 0 : size - 1;
  const int period = border == Border::symmetric ? 2 * size : 2 * size - 2;
  const int folded = (position % period + period) % period;
  if (folded < size) return folded;
  return border == Border::symmetric ? period - 1 - folded : period - folded;
}

// An input channel with its scale and shift, in place.
struct MsdInput {
  float* plane;
  std::size_t pixels;
  float scale, shift;

  SLICECAST_HD void operator()(const Thread& t) const {
    const std::size_t i = t.in_grid();
    if (i < pixels) plane[i] = multiply_add(plane[i], scale, shift);
  }
};

struct MsdPlane {
  const float* planes;
  float* plane;  // that is made; after all that it reads
  const MsdEdge* edges;
  int edge_count, rows, columns, dilation;
  float bias;
  nn::msd::Border border;

  SLICECAST_HD void operator()(const Thread& t) const {
    const std::size_t pixels = static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
    const std::size_t i = t.in_grid();
    if (i >= pixels) return;
    const int row = static_cast<int>(i / static_cast<std::size_t>(columns));
    const int column = static_cast<int>(i % static_cast<std::size_t>(columns));
    int at[9];  // the same nine places in every source; -1: reads zero
    for (int tap = 0; tap < 9; ++tap) {
      const int r = msd_position(border, row + (tap / 3 - 1) * dilation, rows);
      const int c = msd_position(border, column + (tap % 3 - 1) * dilation, columns);
      at[tap] = r >= 0 && c >= 0 ? r * columns + c : -1;
    }
    float sum = bias;
    for (int e = 0; e < edge_count; ++e) {
      const MsdEdge edge = edges[e];
      const float* const source = planes + static_cast<std::size_t>(edge.source) * pixels;
      for (int tap = 0; tap < 9; ++tap)
        if (at[tap] >= 0) sum = multiply_add(edge.kernel[tap], source[at[tap]], sum);
    }
    plane[i] = sum > 0 ? sum : 0;
  }
};

// Outputs are summed eight at a time, so that a plane is read once for all of them.
inline constexpr int kMsdGroup = 8;

struct MsdOutputAffine {
  float bias, scale, shift;
};

struct MsdLast {
  const float* planes;
  const int* sources;             // planes that any output reads
  const float* weights;           // [group][source][kMsdGroup]
  const MsdOutputAffine* affine;  // per output
  float* scores;                  // [outputs][pixels]; null: labels
  std::uint8_t* labels;           // [pixels]
  std::size_t pixels;
  int source_count, outputs;
  nn::msd::Output output;

  SLICECAST_HD void operator()(const Thread& t) const {
    const std::size_t i = t.in_grid();
    if (i >= pixels) return;
    float most = 0;
    int best = 0;
    for (int first = 0; first < outputs; first += kMsdGroup) {
      float sums[kMsdGroup];
      for (int k = 0; k < kMsdGroup; ++k) sums[k] = 0;
      const float* const group =
          weights + static_cast<std::size_t>(first) * static_cast<std::size_t>(source_count);
      for (int s = 0; s < source_count; ++s) {
        const float value = planes[static_cast<std::size_t>(sources[s]) * pixels + i];
        for (int k = 0; k < kMsdGroup; ++k)
          sums[k] = multiply_add(group[s * kMsdGroup + k], value, sums[k]);
      }
      for (int k = 0; k < kMsdGroup && first + k < outputs; ++k) {
        const MsdOutputAffine of = affine[first + k];
        const float score = multiply_add(sums[k] + of.bias, of.scale, of.shift);
        if (first + k == 0 || score > most) {
          most = score;
          best = first + k;
        }
        if (scores != nullptr) scores[static_cast<std::size_t>(first + k) * pixels + i] = score;
      }
    }
    if (scores == nullptr)
      labels[i] = static_cast<std::uint8_t>(best);
    else if (output == nn::msd::Output::softmax || output == nn::msd::Output::log_softmax)
      share(i, most);
  }

 private:
  // Of the thread's own scores.
  SLICECAST_HD void share(std::size_t i, float most) const {
    float total = 0;
    for (int k = 0; k < outputs; ++k)
      total += std::exp(scores[static_cast<std::size_t>(k) * pixels + i] - most);
    const float log_total = std::log(total);
    for (int k = 0; k < outputs; ++k) {
      float& score = scores[static_cast<std::size_t>(k) * pixels + i];
      score = score - most - log_total;
      if (output == nn::msd::Output::softmax) score = std::exp(score);
    }
  }
};

}  // namespace slicecast::cuda
