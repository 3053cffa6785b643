// The planes of a network in memory: rows with room for the border on both sides.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "common/base/buffer.h"
#include "common/nn/msd/kernels.h"
#include "common/nn/msd/network.h"

namespace slicecast::nn::msd {

// Planes of one shape.
struct PlaneGroup {
  int planes = 0;
  int ring = 0;  // rows that are kept, row r in place of row r - ring; 0: all
};

class PaddedPlanes {
 public:
  // Throws std::bad_alloc. Memory is kept where it suffices.
  void prepare(int rows, int columns, int pad, Border border, std::span<const PlaneGroup> groups);
  std::size_t bytes() const { return memory_ ? memory_->size() : 0; }
  const kernels::PlaneSet* sets() const { return sets_.data(); }  // one per group
  int rows() const { return rows_; }
  int columns() const { return columns_; }
  float* row(kernels::PlaneRef plane, int row) const;

  // Continues rows [begin, end) of a plane to the left and right.
  void extend_rows(kernels::PlaneRef plane, int begin, int end) const;

 private:
  BufferPtr memory_;
  int rows_ = 0, columns_ = 0, pad_ = 0;
  std::vector<kernels::PlaneSet> sets_;
  std::vector<std::vector<std::ptrdiff_t>> row_offsets_;  // per group, from row -pad
  std::vector<int> left_, right_;  // column that continues column -1 - i, columns + i
};

// Row stride in floats of `columns` pixels: whole lines of the cache, and an odd number of them, so
// that the rows of a column do not share a few sets.
std::ptrdiff_t row_stride(int columns);

}  // namespace slicecast::nn::msd
