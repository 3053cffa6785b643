#include "common/nn/msd/padded_planes.h"

#include <algorithm>
#include <cstring>

namespace slicecast::nn::msd {
namespace {

int rounded(int columns) {
  return (columns + kernels::kColumnUnit - 1) / kernels::kColumnUnit * kernels::kColumnUnit;
}

int kept_rows(const PlaneGroup& group, int rows) {
  return group.ring == 0 ? rows : std::min(rows, group.ring);
}

}  // namespace

std::ptrdiff_t row_stride(int columns) {
  const int lines = rounded(columns) / kernels::kColumnUnit;
  return static_cast<std::ptrdiff_t>(lines | 1) * kernels::kColumnUnit;
}

void PaddedPlanes::prepare(int rows, int columns, int pad, Border border,
                           std::span<const PlaneGroup> groups) {
  const std::ptrdiff_t stride = row_stride(rounded(columns) + 2 * rounded(pad));
  std::ptrdiff_t floats = 0;
  for (const PlaneGroup& group : groups)
    floats += stride * (kept_rows(group, rows) + 1) * group.planes;
  const auto wanted = static_cast<std::size_t>(floats) * sizeof(float);
  if (!memory_ || memory_->size() < wanted) {
    memory_.reset();
    memory_ = Buffer::allocate(wanted);
    // Lanes beyond the image are computed and not used; what they hold must be numbers all the
    // same, for arithmetic on what memory happens to hold may be slow.
    std::memset(memory_->data(), 0, wanted);
  }
  rows_ = rows;
  columns_ = columns;
  pad_ = pad;
  sets_.clear();
  row_offsets_.clear();
  float* origin = memory_->as<float>() + rounded(pad);
  for (const PlaneGroup& group : groups) {
    const int kept = kept_rows(group, rows);
    auto& offsets = row_offsets_.emplace_back();
    for (int r = -pad; r < rows + pad; ++r) {
      const int position = border_position(border, r, rows);
      offsets.push_back(stride * (position < 0 ? kept : position % kept));
    }
    sets_.push_back({origin, stride * (kept + 1), offsets.data() + pad});
    for (int i = 0; i < group.planes; ++i, origin += stride * (kept + 1))
      std::memset(origin - rounded(pad) + stride * kept, 0,
                  static_cast<std::size_t>(stride) * sizeof(float));  // the row beyond, of zeros
  }
  left_.clear();
  right_.clear();
  for (int i = 0; i < pad; ++i) {
    left_.push_back(border_position(border, -1 - i, columns));
    right_.push_back(border_position(border, columns + i, columns));
  }
}

float* PaddedPlanes::row(kernels::PlaneRef plane, int row) const {
  const kernels::PlaneSet& set = sets_[static_cast<std::size_t>(plane.set)];
  return set.slot(plane.slot) + set.rows[row];
}

void PaddedPlanes::extend_rows(kernels::PlaneRef plane, int begin, int end) const {
  const auto value = [](const float* of, int position) {
    return position < 0 ? 0.0f : of[position];
  };
  for (int r = begin; r < end; ++r) {
    float* left = row(plane, r);
    float* right = left + columns_;
    for (int i = 0; i < pad_; ++i) {
      const auto at = static_cast<std::size_t>(i);
      left[-1 - i] = value(left, left_[at]);
      right[i] = value(left, right_[at]);
    }
  }
}

}  // namespace slicecast::nn::msd
