// The steps of processing that look at whole frames: what cannot be fused into the row filter.
// One thread per pixel, blocks_y counts rows, blocks_z frames; images follow one another.
#pragma once

#include "cuda/kernels/process_pixel.h"

namespace slicecast::cuda {

SLICECAST_HD int column_of(const Thread& t) {
  return static_cast<int>(t.block_x * t.threads + t.thread);
}
SLICECAST_HD int clamp_to(int value, int most) {
  return value < 0 ? 0 : value > most ? most : value;
}

// Bad pixels from their sources (common/recon/bad_pixels.h): blocks_y counts frames.
struct PatchBadPixels {
  RawFrames raw;
  const int* first_source = nullptr;  // bad_pixels + 1
  const int* source_row = nullptr;    // upright; good pixels only
  const int* source_column = nullptr;
  const float* weight = nullptr;
  float* patched = nullptr;

  SLICECAST_HD void operator()(const Thread& t) const {
    const int entry = column_of(t);
    if (entry >= raw.bad_pixels) return;
    const auto frame = static_cast<int>(t.block_y);
    float sum = 0;
    for (int s = first_source[entry]; s < first_source[entry + 1]; ++s) {
      const float value = raw.measured(frame, source_row[s], source_column[s]);
      sum += weight[s] * (is_finite(value) ? value : raw.substitute);
    }
    patched[static_cast<std::size_t>(frame) * raw.bad_pixels + entry] = sum;
  }
};

// Whole upright frames of finite transmissions; what was not finite is counted.
struct Transmissions {
  RawFrames raw;
  LineArea area;
  int rows = 0;
  float* out = nullptr;
  FrameTally* tally = nullptr;

  SLICECAST_HD void operator()(const Thread& t) const {
    const int column = column_of(t), row = static_cast<int>(t.block_y);
    const auto frame = static_cast<int>(t.block_z);
    if (column >= raw.columns) return;
    float value = raw.measured(frame, row, column);
    if (!is_finite(value)) {
      value = raw.substitute;
      if (area.holds(row, column)) count(&tally[frame].clamped, 1);
    }
    out[(static_cast<std::size_t>(frame) * rows + row) * raw.columns + column] = value;
  }
};

// Pixels brighter than the median of their 3x3 neighbourhood by `factor` become the median.
struct Zingers {
  const float* in = nullptr;
  float* out = nullptr;
  LineArea area;
  int rows = 0, columns = 0;
  float factor = 1;
  FrameTally* tally = nullptr;

  SLICECAST_HD static void order(float& a, float& b) {
    const float low = a < b ? a : b;
    b = a < b ? b : a;
    a = low;
  }
  // Columns sorted, then the largest of the lows, the median of the middles and the smallest of the
  // highs hold the median among them.
  SLICECAST_HD static float median_of_nine(float (&v)[9]) {
    for (int i = 0; i < 9; i += 3) {
      order(v[i], v[i + 1]);
      order(v[i + 1], v[i + 2]);
      order(v[i], v[i + 1]);
    }
    order(v[0], v[3]);
    order(v[3], v[6]);  // v[6]: largest of the lows
    order(v[5], v[8]);
    order(v[2], v[5]);  // v[2]: smallest of the highs
    order(v[1], v[4]);
    order(v[4], v[7]);
    order(v[1], v[4]);  // v[4]: median of the middles
    order(v[6], v[4]);
    order(v[4], v[2]);
    order(v[6], v[4]);
    return v[4];
  }

  SLICECAST_HD void operator()(const Thread& t) const {
    const int column = column_of(t), row = static_cast<int>(t.block_y);
    if (column >= columns) return;
    const std::size_t first = static_cast<std::size_t>(t.block_z) * rows * columns;
    float around[9];
    for (int i = 0; i < 9; ++i) {
      const int r = clamp_to(row + i / 3 - 1, rows - 1);
      const int c = clamp_to(column + i % 3 - 1, columns - 1);
      around[i] = load_once(in + first + static_cast<std::size_t>(r) * columns + c);
    }
    float value = around[4];
    const float median = median_of_nine(around);
    if (value > median * factor) {
      value = median;
      if (area.holds(row, column)) count(&tally[t.block_z].zingers, 1);
    }
    out[first + static_cast<std::size_t>(row) * columns + column] = value;
  }
};

// Line integrals: -log, averages of binning x binning pixels, ring subtracted. From transmissions
// where there are any, else from raw frames.
struct LineIntegrals {
  RawFrames raw;
  const float* transmissions = nullptr;  // whole upright frames, finite
  int upright_rows = 0;
  Logarithm log;
  LineArea area;
  const float* ring = nullptr;  // null: none
  float* out = nullptr;
  FrameTally* tally = nullptr;

  SLICECAST_HD void operator()(const Thread& t) const {
    const int column = column_of(t), row = static_cast<int>(t.block_y);
    const auto frame = static_cast<int>(t.block_z);
    if (column >= area.columns) return;
    unsigned clamped = 0;
    float sum = 0;
    for (int i = 0; i < area.binning; ++i)
      for (int k = 0; k < area.binning; ++k) {
        const int r = area.row + row * area.binning + i;
        const int c = area.column + column * area.binning + k;
        const float value =
            transmissions == nullptr
                ? raw.measured(frame, r, c)
                : transmissions[(static_cast<std::size_t>(frame) * upright_rows + r) * raw.columns +
                                c];
        sum += log(value, clamped);
      }
    count(&tally[frame].clamped, clamped);
    if (area.binning > 1) sum /= static_cast<float>(area.binning * area.binning);
    const std::size_t pixel = static_cast<std::size_t>(row) * area.columns + column;
    if (ring != nullptr) sum -= ring[pixel];
    out[static_cast<std::size_t>(frame) * area.rows * area.columns + pixel] = sum;
  }
};

// Rows along the detector's roll, bilinear (ProcessingPlan::before_straightening), ring subtracted.
// Positions in double precision: a pixel far from the principal point keeps its fraction.
struct Straighten {
  const float* in = nullptr;
  float* out = nullptr;
  int rows = 0, columns = 0;
  // Position in the image before: row = row_0 + row_by_row r + row_by_column c, column likewise.
  double row_0 = 0, row_by_row = 1, row_by_column = 0;
  double column_0 = 0, column_by_row = 0, column_by_column = 1;
  const float* ring = nullptr;

  SLICECAST_HD float at(const float* image, int r, int c) const {
    return image[static_cast<std::size_t>(clamp_to(r, rows - 1)) * columns +
                 clamp_to(c, columns - 1)];
  }
  SLICECAST_HD void operator()(const Thread& t) const {
    const int c = column_of(t), r = static_cast<int>(t.block_y);
    if (c >= columns) return;
    const std::size_t first = static_cast<std::size_t>(t.block_z) * rows * columns;
    const float* image = in + first;
    const double row = row_0 + row_by_row * r + row_by_column * c;
    const double column = column_0 + column_by_row * r + column_by_column * c;
    const double row_floor = floor(row), column_floor = floor(column);
    const auto r0 = static_cast<int>(row_floor), c0 = static_cast<int>(column_floor);
    const auto fr = static_cast<float>(row - row_floor);
    const auto fc = static_cast<float>(column - column_floor);
    const float top = at(image, r0, c0) + fc * (at(image, r0, c0 + 1) - at(image, r0, c0));
    const float bottom =
        at(image, r0 + 1, c0) + fc * (at(image, r0 + 1, c0 + 1) - at(image, r0 + 1, c0));
    float value = top + fr * (bottom - top);
    const std::size_t pixel = static_cast<std::size_t>(r) * columns + c;
    if (ring != nullptr) value -= ring[pixel];
    out[first + pixel] = value;
  }
};

// An image and its mirror images, 2 rows x 2 columns: what a Fourier transform continues smoothly.
struct MirrorOut {
  const float* in = nullptr;
  float* out = nullptr;
  int rows = 0, columns = 0;
  SLICECAST_HD void operator()(const Thread& t) const {
    const int c = column_of(t), r = static_cast<int>(t.block_y);
    if (c >= 2 * columns) return;
    const int from_row = r < rows ? r : 2 * rows - 1 - r;
    const int from_column = c < columns ? c : 2 * columns - 1 - c;
    out[static_cast<std::size_t>(r) * 2 * columns + c] =
        in[static_cast<std::size_t>(from_row) * columns + from_column];
  }
};

// Spectrum of 2 rows x (columns + 1) / (1 + strength f^2) (Paganin et al. 2002), and the factor
// that the unscaled transforms leave. f in cycles per mm: row_step and column_step per index.
struct RetrievePhase {
  Float2* spectrum = nullptr;
  int rows = 0, columns = 0;  // of the image
  float row_step = 0, column_step = 0;
  float strength = 0, scale = 1;
  SLICECAST_HD void operator()(const Thread& t) const {
    const int c = column_of(t), r = static_cast<int>(t.block_y);
    if (c > columns) return;
    const float fv = row_step * static_cast<float>(r <= rows ? r : 2 * rows - r);
    const float fu = column_step * static_cast<float>(c);
    const float factor = scale / (1 + strength * (fu * fu + fv * fv));
    Float2& value = spectrum[static_cast<std::size_t>(r) * (columns + 1) + c];
    value = {value.x * factor, value.y * factor};
  }
};

// The image back out of the mirrored one.
struct MirrorBack {
  const float* in = nullptr;
  float* out = nullptr;
  int rows = 0, columns = 0;
  SLICECAST_HD void operator()(const Thread& t) const {
    const int c = column_of(t), r = static_cast<int>(t.block_y);
    if (c >= columns) return;
    out[static_cast<std::size_t>(r) * columns + c] =
        in[static_cast<std::size_t>(r) * 2 * columns + c];
  }
};

}  // namespace slicecast::cuda
