// Rows too long for shared memory: loaded, filtered and stored in three kernels around a library's
// transform. Pairs of jobs as complex rows of `length`, as in process_ramp.h; blocks_y counts
// pairs.
#pragma once

#include "cuda/kernels/process_rows.h"

namespace slicecast::cuda {

struct LoadLongRows {
  RowInput in;
  Float2* rows = nullptr;
  int length = 0;
  unsigned first_pair = 0;
  FrameTally* tally = nullptr;

  SLICECAST_HD void operator()(const Thread& t) const {
    const auto e = static_cast<int>(t.block_x * t.threads + t.thread);
    if (e >= length) return;
    const unsigned pair = first_pair + t.block_y;
    const RowJob a = in.list.job(2 * pair), b = in.list.job(2 * pair + 1);
    unsigned clamped_a = 0, clamped_b = 0;
    rows[static_cast<std::size_t>(t.block_y) * length + e] = {
        in.sample(in.row_of(a), e, clamped_a), in.sample(in.row_of(b), e, clamped_b)};
    count(&tally[a.frame].clamped, clamped_a);
    count(&tally[b.frame].clamped, clamped_b);
  }
};

struct MultiplyLongRows {
  Float2* rows = nullptr;
  int length = 0;
  const float* gain = nullptr;  // in natural order

  SLICECAST_HD void operator()(const Thread& t) const {
    const auto k = static_cast<int>(t.block_x * t.threads + t.thread);
    if (k >= length) return;
    Float2& value = rows[static_cast<std::size_t>(t.block_y) * length + k];
    value = {value.x * gain[k], value.y * gain[k]};
  }
};

struct StoreLongRows {
  const Float2* rows = nullptr;
  int length = 0;
  FrameList list;
  RowOutput out;
  int taper = 0, columns = 0;
  unsigned first_pair = 0;
  FrameTally* tally = nullptr;

  SLICECAST_HD void operator()(const Thread& t) const {
    const auto column = static_cast<int>(t.block_x * t.threads + t.thread);
    if (column >= columns) return;
    const unsigned pair = first_pair + t.block_y;
    const RowJob a = list.job(2 * pair), b = list.job(2 * pair + 1);
    const Float2 value = rows[static_cast<std::size_t>(t.block_y) * length + taper + column];
    unsigned clipped_a = 0, clipped_b = 0;
    out.store(out.row_of(a), column, value.x, clipped_a);
    out.store(out.row_of(b), column, value.y, clipped_b);
    count(&tally[a.frame].clipped, clipped_a);
    count(&tally[b.frame].clipped, clipped_b);
  }
};

}  // namespace slicecast::cuda
