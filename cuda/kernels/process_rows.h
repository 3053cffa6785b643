// Rows of line integrals on their way into the ramp filter and out of it.
//
// A *job* is one row of one frame. Jobs are numbered frames first, so that the two rows that share
// a complex transform are the same row of two frames where there are several: what belongs to the
// detector (dark, flat, ring, weights) is then loaded once for both.
#pragma once

#include "cuda/kernels/process_pixel.h"

namespace slicecast::cuda {

struct RowJob {
  int row = 0, frame = 0;
  bool present = false;
};

// The frames of one launch, among those uploaded.
struct FrameList {
  int rows = 0, frames = 0;
  unsigned char slot[kMostFrames] = {};

  SLICECAST_HD RowJob job(unsigned number) const {
    const unsigned row = number / static_cast<unsigned>(frames);
    return {static_cast<int>(row), slot[number % static_cast<unsigned>(frames)],
            row < static_cast<unsigned>(rows)};
  }
};

// Weighted, widened and continued rows.
struct RowInput {
  FrameList list;
  // Either line integrals, ring already subtracted, or raw u16 frames without binning.
  const float* lines = nullptr;
  RawFrames raw;
  Logarithm log;
  const float* ring = nullptr;  // for raw frames
  LineArea area;

  int left_pad = 0, columns = 0;  // of the widened row
  int taper = 0;                  // samples of continuation on either side
  const float* taper_weight = nullptr;

  float uniform = 1;                  // weight of every ray, or
  const float* redundancy = nullptr;  // per line column and, when that differs, per frame
  int redundancy_stride = 0;
  // Cone: weight 1/sqrt(1 + u^2 + v^2), u and v the distances from the principal point over the
  // source-detector distance.
  bool cone = false;
  float slope_u0 = 0, slope_per_column = 0, slope_v0 = 0, slope_per_row = 0;

  SLICECAST_HD int extended() const { return columns + 2 * taper; }

  SLICECAST_HD float line_integral(const RowJob& job, int column, unsigned& clamped) const {
    if (lines != nullptr)
      return load_once(lines +
                       (static_cast<std::size_t>(job.frame) * area.rows + job.row) * area.columns +
                       column);
    const int r = area.row + job.row, c = area.column + column;
    const auto* pixels = reinterpret_cast<const std::uint16_t*>(raw.frame(job.frame));
    auto value =
        static_cast<float>(load_once(pixels + raw.origin + r * raw.row_step + c * raw.column_step));
    if (raw.corrected) value = raw.transmission(value, job.frame, r * raw.columns + c);
    value = log(value, clamped);
    if (ring != nullptr) value -= load_once(ring + job.row * area.columns + column);
    return value;
  }

  // Sample `e` of the extended row.
  SLICECAST_HD float sample(const RowJob& job, int e, unsigned& clamped) const {
    if (!job.present || e >= extended()) return 0;
    int widened = e - taper;
    float factor = uniform;
    unsigned again = 0;  // a pixel that continues the row has been counted in its own place
    bool own = true;
    if (widened < 0 || widened >= columns) {
      const int beyond = widened < 0 ? -widened : widened - columns + 1;
      factor *= load_once(taper_weight + beyond - 1);
      widened = widened < 0 ? 0 : columns - 1;
      own = false;
    }
    const int column = widened - left_pad;
    if (column < 0 || column >= area.columns) return 0;
    if (redundancy != nullptr)
      factor *= load_once(redundancy + job.frame * redundancy_stride + column);
    if (cone) {
      const float u = slope_u0 + slope_per_column * static_cast<float>(column);
      const float v = slope_v0 + slope_per_row * static_cast<float>(job.row);
      factor *= reciprocal_root(1 + u * u + v * v);
    }
    return line_integral(job, column, own ? clamped : again) * factor;
  }
};

// Filtered rows, as they are or divided by the store's scale and rounded to half precision.
struct RowOutput {
  void* image[kMostFrames] = {};  // first pixel of each frame
  int stride = 0;                 // numbers from row to row
  bool half = false;
  float factor = 1;  // 1 / scale

  SLICECAST_HD void store(const RowJob& job, int column, float value, unsigned& clipped) const {
    constexpr float kLargestHalf = 65504;
    const std::size_t at = static_cast<std::size_t>(job.row) * stride + column;
    if (!half) {
      if (!is_finite(value)) {
        ++clipped;
        value = 0;
      }
      static_cast<float*>(image[job.frame])[at] = value;
      return;
    }
    value *= factor;
    if (!(value <= kLargestHalf && value >= -kLargestHalf)) {
      ++clipped;
      value = !is_finite(value) ? 0 : value > 0 ? kLargestHalf : -kLargestHalf;
    }
    static_cast<std::uint16_t*>(image[job.frame])[at] = half_of_float(value);
  }
};

// RampFilter::none: weights and widening only. One thread per pixel, blocks_y counts jobs.
struct WeighRows {
  RowInput in;
  RowOutput out;
  unsigned first_job = 0;
  FrameTally* tally = nullptr;

  SLICECAST_HD void operator()(const Thread& t) const {
    const auto column = static_cast<int>(t.block_x * t.threads + t.thread);
    const RowJob job = in.list.job(first_job + t.block_y);
    if (!job.present || column >= in.columns) return;
    unsigned clamped = 0, clipped = 0;
    out.store(job, column, in.sample(job, column, clamped), clipped);
    count(&tally[job.frame].clamped, clamped);
    count(&tally[job.frame].clipped, clipped);
  }
};

}  // namespace slicecast::cuda
