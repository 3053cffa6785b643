// The planes of a network in memory: rows with room for the border on both sides.
#pragma once

#include <cstddef>
#include <vector>

#include "common/base/buffer.h"
#include "common/base/image_view.h"
#include "common/nn/msd/kernels.h"
#include "common/nn/msd/network.h"

namespace slicecast::nn::msd {

class PaddedPlanes {
 public:
  // Throws std::bad_alloc. Memory is kept where it suffices.
  void prepare(int rows, int columns, int pad, int slots, Border border);
  std::size_t bytes() const { return memory_ ? memory_->size() : 0; }
  const kernels::PlaneSet& set() const { return set_; }
  int rows() const { return rows_; }
  int columns() const { return columns_; }

  // Continues rows [begin, end) of a slot to the left and right.
  void extend_rows(int slot, int begin, int end) const;

 private:
  BufferPtr memory_;
  int rows_ = 0, columns_ = 0, pad_ = 0, slots_ = 0;
  Border border_ = Border::symmetric;
  kernels::PlaneSet set_;
  std::vector<std::ptrdiff_t> row_offsets_;  // from row -pad
  std::vector<int> left_, right_;            // column that continues column -1 - i, columns + i
};

// Row stride in floats of `columns` pixels: whole lines of the cache, and an odd number of them, so
// that the rows of a column do not share a few sets.
std::ptrdiff_t row_stride(int columns);

}  // namespace slicecast::nn::msd
