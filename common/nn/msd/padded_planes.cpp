#include "common/nn/msd/padded_planes.h"

#include <algorithm>
#include <cstring>

namespace slicecast::nn::msd {
namespace {

int rounded(int columns) {
  return (columns + kernels::kColumnUnit - 1) / kernels::kColumnUnit * kernels::kColumnUnit;
}

}  // namespace

std::ptrdiff_t row_stride(int columns) {
  const int lines = rounded(columns) / kernels::kColumnUnit;
  return static_cast<std::ptrdiff_t>(lines | 1) * kernels::kColumnUnit;
}

void PaddedPlanes::prepare(int rows, int columns, int pad, int slots, Border border) {
  if (memory_ && rows == rows_ && columns == columns_ && pad == pad_ && slots == slots_ &&
      border == border_)
    return;
  const std::ptrdiff_t stride = row_stride(rounded(columns) + 2 * rounded(pad));
  const std::ptrdiff_t plane = stride * (rows + 1);  // the last row is zero: see `zeros`
  const auto wanted =
      static_cast<std::size_t>(plane) * static_cast<std::size_t>(slots) * sizeof(float);
  if (!memory_ || memory_->size() < wanted) {
    memory_.reset();
    memory_ = Buffer::allocate(wanted);
  }
  rows_ = rows;
  columns_ = columns;
  pad_ = pad;
  slots_ = slots;
  border_ = border;
  // Columns that no step writes are read into lanes that nobody uses; they must be numbers all the
  // same, for arithmetic on what memory happens to hold may be slow.
  std::memset(memory_->data(), 0, wanted);

  row_offsets_.clear();
  for (int r = -pad; r < rows + pad; ++r) {
    const int position = border_position(border, r, rows);
    row_offsets_.push_back(stride * (position < 0 ? rows : position));
  }
  left_.clear();
  right_.clear();
  for (int i = 0; i < pad; ++i) {
    left_.push_back(border_position(border, -1 - i, columns));
    right_.push_back(border_position(border, columns + i, columns));
  }
  set_ = {memory_->as<float>() + rounded(pad), plane, row_offsets_.data() + pad};
}

void PaddedPlanes::extend_rows(int slot, int begin, int end) const {
  const auto value = [](const float* row, int position) {
    return position < 0 ? 0.0f : row[position];
  };
  for (int r = begin; r < end; ++r) {
    float* row = set_.slot(slot) + set_.rows[r];
    float* right = row + columns_;
    for (int i = 0; i < pad_; ++i) {
      const auto at = static_cast<std::size_t>(i);
      row[-1 - i] = value(row, left_[at]);
      right[i] = value(row, right_[at]);
    }
  }
}

}  // namespace slicecast::nn::msd
