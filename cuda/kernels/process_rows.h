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
  bool simple = false;  // is_simple()

  // What the samples of one row have in common, looked up once.
  struct Row {
    bool present = false;
    const float* lines = nullptr;           // or
    const std::uint16_t* pixels = nullptr;  // with
    const Correction* corrections = nullptr;
    const float* patched = nullptr;
    float air = 1;
    const float* ring = nullptr;
    const float* redundancy = nullptr;
    float slope_v = 1;  // 1 + v^2
  };

  SLICECAST_HD int extended() const { return columns + 2 * taper; }
  // Upright counts to be corrected and nothing more: the rows that simple_sample() can do.
  SLICECAST_HD bool is_simple() const {
    return taper == 0 && columns == area.columns && lines == nullptr &&
           raw.corrections != nullptr && raw.column_step == 1 && !log.linear && ring == nullptr &&
           redundancy == nullptr;
  }

  // Absent rows read the first one, which is not used.
  SLICECAST_HD Row row_of(const RowJob& job) const {
    Row row;
    row.present = job.present;
    const int own = job.present ? job.row : 0;
    const std::size_t first = static_cast<std::size_t>(own) * area.columns;
    if (lines != nullptr) {
      row.lines = lines + static_cast<std::size_t>(job.frame) * area.rows * area.columns + first;
    } else {
      const int r = area.row + own;
      row.pixels = reinterpret_cast<const std::uint16_t*>(raw.frame(job.frame)) + raw.origin +
                   r * raw.row_step + area.column * raw.column_step;
      if (raw.corrections != nullptr)
        row.corrections = raw.corrections + static_cast<std::size_t>(r) * raw.columns + area.column;
      if (raw.bad_pixels != 0)
        row.patched = raw.patched + static_cast<std::size_t>(job.frame) * raw.bad_pixels;
      if (raw.air != nullptr) row.air = raw.air[job.frame];
      if (ring != nullptr) row.ring = ring + first;
    }
    if (redundancy != nullptr)
      row.redundancy = redundancy + static_cast<std::size_t>(job.frame) * redundancy_stride;
    if (cone) {
      const float v = slope_v0 + slope_per_row * static_cast<float>(own);
      row.slope_v = 1 + v * v;
    }
    return row;
  }

  SLICECAST_HD float line_integral(const Row& row, int column, unsigned& clamped) const {
    if (row.lines != nullptr) return load_once(row.lines + column);
    auto value = static_cast<float>(load_once(row.pixels + column * raw.column_step));
    if (row.corrections != nullptr) {
      const Correction by = load_once(row.corrections + column);
      value = (value - by.dark) * by.reciprocal * row.air;
      if (by.reciprocal == 0) value = row.patched[float_as_bits(by.dark)];
    }
    value = log(value, clamped);
    if (row.ring != nullptr) value -= load_once(row.ring + column);
    return value;
  }

  SLICECAST_HD float weight(const Row& row, int column) const {
    float factor = uniform;
    if (row.redundancy != nullptr) factor *= load_once(row.redundancy + column);
    if (cone) {
      const float u = slope_u0 + slope_per_column * static_cast<float>(column);
      factor *= reciprocal_root(row.slope_v + u * u);
    }
    return factor;
  }

  SLICECAST_HD static float transmission(const Row& row, float raw, const Correction& by) {
    const float value = (raw - by.dark) * by.reciprocal * row.air;
    return by.reciprocal == 0 ? row.patched[float_as_bits(by.dark)] : value;
  }

  // Samples of is_simple() rows are made in steps, each for all samples of a thread before the
  // next: what is read is on its way before the first of it is waited for, and bad pixels, which
  // are few, cost a branch for all of them.
  struct Measured {
    Correction by;
    std::uint16_t count;
  };
  SLICECAST_HD Measured measured(const Row& row, int column) const {
    const int within = column < columns ? column : columns - 1;
    return {load_once(row.corrections + within), load_once(row.pixels + within)};
  }
  SLICECAST_HD static float transmission(const Row& row, const Measured& at, bool& bad) {
    bad = bad || at.by.reciprocal == 0;
    return (static_cast<float>(at.count) - at.by.dark) * at.by.reciprocal * row.air;
  }
  SLICECAST_HD void patch(const Row& row, int column, float& value) const {
    const Correction by = measured(row, column).by;
    if (by.reciprocal == 0) value = row.patched[float_as_bits(by.dark)];
  }
  // `slope`: u of the column; 0 for a parallel beam, as is v.
  SLICECAST_HD float simple_sample(const Row& row, float transmission, int column, float slope,
                                   unsigned& clamped) const {
    const bool wanted = row.present && column < columns;
    const bool replaced = wanted && !log.holds(transmission);
    clamped += replaced ? 1 : 0;
    const float value = binary_logarithm(replaced ? log.least : transmission) *
                        (-kLogarithmOf2 * uniform) *
                        reciprocal_root(multiply_add(slope, slope, row.slope_v));
    return wanted ? value : 0;
  }

  // Sample `e` of the extended row.
  SLICECAST_HD float sample(const Row& row, int e, unsigned& clamped) const {
    if (!row.present || e >= extended()) return 0;
    int widened = e - taper;
    float factor = 1;
    bool own = true;
    if (widened < 0 || widened >= columns) {
      const int beyond = widened < 0 ? -widened : widened - columns + 1;
      factor = load_once(taper_weight + beyond - 1);
      widened = widened < 0 ? 0 : columns - 1;
      own = false;
    }
    const int column = widened - left_pad;
    if (column < 0 || column >= area.columns) return 0;
    unsigned here = 0;
    const float value = line_integral(row, column, here) * factor * weight(row, column);
    clamped += own ? here : 0;  // a pixel that continues the row is counted in its own place only
    return value;
  }
};

// Filtered rows, as they are or divided by the store's scale and rounded to half precision.
struct RowOutput {
  void* image[kMostFrames] = {};  // first pixel of each frame
  int stride = 0;                 // numbers from row to row
  bool half = false;
  float factor = 1;  // 1 / scale

  // Where a row goes; null: nowhere.
  SLICECAST_HD void* row_of(const RowJob& job) const {
    if (!job.present) return nullptr;
    const std::size_t first = static_cast<std::size_t>(job.row) * stride;
    return half ? static_cast<void*>(static_cast<std::uint16_t*>(image[job.frame]) + first)
                : static_cast<void*>(static_cast<float*>(image[job.frame]) + first);
  }

  SLICECAST_HD void store(void* row, int column, float value, unsigned& clipped) const {
    if (half)
      store_as<true>(row, column, value, clipped);
    else
      store_as<false>(row, column, value, clipped);
  }
  // As `half` says.
  template <bool kHalf>
  static constexpr float kMost = kHalf ? 65504.0F : 3.402823466e38F;

  template <bool kHalf>
  SLICECAST_HD void store_as(void* row, int column, float value, unsigned& clipped) const {
    if (row == nullptr) return;
    if (kHalf) value *= factor;
    put<kHalf>(row, column, fitting<kHalf>(value, clipped));
  }
  template <bool kHalf>
  SLICECAST_HD static float fitting(float value, unsigned& clipped) {
    if (magnitude(value) <= kMost<kHalf>) return value;
    ++clipped;
    return !is_finite(value) ? 0 : value > 0 ? kMost<kHalf> : -kMost<kHalf>;
  }
  template <bool kHalf>
  SLICECAST_HD static void put(void* row, int column, float value) {
    if constexpr (kHalf)
      static_cast<std::uint16_t*>(row)[column] = half_of_float(value);
    else
      static_cast<float*>(row)[column] = value;
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
    out.store(out.row_of(job), column, in.sample(in.row_of(job), column, clamped), clipped);
    count(&tally[job.frame].clamped, clamped);
    count(&tally[job.frame].clipped, clipped);
  }
};

}  // namespace slicecast::cuda
