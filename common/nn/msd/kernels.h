// The inner loops of the MS-D engine, compiled per instruction set, chosen at run time.
//
// A *padded plane* holds rows of one stride. Column 0 of a row is 64-byte aligned; up to `pad`
// columns on either side hold the border, and reads and writes go up to kColumnUnit - 1 columns
// beyond the image, which is inside the row. Planes come in sets of one layout; the table of row
// offsets of a set continues rows as the border mode says, and says where a ring keeps them.
#pragma once

#include <cstddef>

#include "common/nn/msd/network.h"

namespace slicecast::nn::msd::kernels {

constexpr int kColumnUnit = 16;  // floats; no vector is longer than this

struct PlaneSet {
  float* origin = nullptr;               // row offset 0, column 0 of slot 0
  std::ptrdiff_t plane = 0;              // floats from one slot to the next
  const std::ptrdiff_t* rows = nullptr;  // offset of row r, r from -pad to rows + pad - 1
  float* slot(int index) const { return origin + index * plane; }
};

struct PlaneRef {
  int set = 0;
  int slot = 0;
};

struct Region {
  int row_begin = 0, row_end = 0;
  int column_begin = 0, column_end = 0;  // begin a multiple of kColumnUnit; whole vectors are done
};

// Sum of edges into one plane: target = (begins ? bias : target) + sum; ends: max(0, that).
struct EdgeSum {
  const PlaneRef* sources = nullptr;  // [count]
  const float* weights = nullptr;     // [count][9]
  int count = 0;
  PlaneRef target;
  int dilation = 1;
  float bias = 0;
  bool begins = false, ends = false;
};
void sum_edges(const PlaneSet* sets, const EdgeSum& sum, const Region& region);

// Part of the last layer on whole rows: out_c = (begins ? bias_c : out_c) + sum over planes.
struct FinalSum {
  const PlaneRef* sources = nullptr;  // [count]
  const float* weights = nullptr;     // [count][outputs]
  const float* biases = nullptr;      // [outputs]
  int count = 0;
  int outputs = 0;
  bool begins = false;
};
// `out`: row r of channel c lies at out + c * channel_stride + r * row_stride; aligned as planes.
void sum_planes(const PlaneSet* sets, const FinalSum& sum, const Region& region, float* out,
                std::ptrdiff_t channel_stride, std::ptrdiff_t row_stride);

// Floating-point operations per second of one thread, in units of 1e9, of multiply-adds on
// registers fed from the first cache: no convolution in single precision can be faster.
double multiply_add_rate();

}  // namespace slicecast::nn::msd::kernels
