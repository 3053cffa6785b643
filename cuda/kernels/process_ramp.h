// The ramp filter in one kernel: raw pixels in, filtered half precision out, nothing between them
// leaves the multiprocessor.
//
// Two real rows travel as one complex row. The gain is real and even, so that they come back apart
// (as in common/recon/cpu/row_filter.h). The row is padded to kLength >= twice its extended length.
#pragma once

#include "cuda/kernels/fft_passes.h"
#include "cuda/kernels/process_rows.h"

namespace slicecast::cuda {

// blocks_x = ceil(ceil(jobs / 2) / kRows), threads and shared bytes as given here.
template <int kLength>
struct FilterRows {
  using Passes = fft::Passes<kLength>;
  struct Registers {};
  static constexpr int kPhases = 2 * Passes::kPasses - 1;
  static constexpr int kRows = fft::Shape<kLength>::kRows;
  static constexpr int kMostThreads = fft::Shape<kLength>::kThreads * kRows;
  // Registers for at least this many threads at a time: more hide more, fewer spill.
  static constexpr int kResident = kLength == 1024 || kLength == 3072 ? 512 : 640;
  static constexpr int kBlocksPerMultiprocessor =
      kResident / kMostThreads > 0 ? kResident / kMostThreads : 1;
  static constexpr std::size_t kSharedBytes = sizeof(Float2) * Passes::kPoints * kRows;

  RowInput in;
  RowOutput out;
  const Float2* twiddles = nullptr;
  const float* gain = nullptr;  // of the transform, over the length, in the order of the spectrum
  FrameTally* tally = nullptr;

  template <int kPhase>
  SLICECAST_HD void phase(const Thread& t, unsigned char* shared, Registers&) const {
    constexpr int kThreads = fft::Shape<kLength>::kThreads, kTurn = Passes::kPasses - 1;
    const auto row = static_cast<int>(t.thread) / kThreads;
    const auto thread = static_cast<int>(t.thread) % kThreads;
    Float2* points = reinterpret_cast<Float2*>(shared) + row * Passes::kPoints;
    if constexpr (kPhase == 0 || kPhase == 2 * kTurn) {
      const unsigned pair = t.block_x * kRows + row;
      const RowJob a = in.list.job(2 * pair), b = in.list.job(2 * pair + 1);
      if constexpr (kPhase == 0)
        load(a, b, thread, points);
      else
        store(a, b, thread, points);
    } else if constexpr (kPhase < kTurn) {
      Passes::template middle<kPhase, false>(thread, points, twiddles);
    } else if constexpr (kPhase == kTurn) {
      Passes::turn_back(thread, points, gain);
    } else {
      Passes::template middle<2 * kTurn - kPhase, true>(thread, points, twiddles);
    }
  }

 private:
  SLICECAST_HD void load(const RowJob& a, const RowJob& b, int thread, Float2* points) const {
    constexpr int R = fft::Shape<kLength>::kRadix[0];
    unsigned clamped_a = 0, clamped_b = 0;
    const RowInput::Row row_a = in.row_of(a), row_b = in.row_of(b);
    Passes::first_forward(thread, points, twiddles, [&](int place, Float2(&x)[R]) {
      constexpr int kStep = kLength / R;
      // Which of the two it is, all rows of a launch agree on.
      if (in.simple) {
        fft::unrolled<R / 2>([&](auto k) {
          const int column = place + k * kStep;
          x[k] = {in.simple_sample(row_a, column, clamped_a),
                  in.simple_sample(row_b, column, clamped_b)};
        });
        return;
      }
      // A loop, by way of the thread's own points: unrolled, it would cost the other registers.
      for (int e = place; e < kLength / 2; e += kStep)
        points[Passes::skewed(e)] = {in.sample(row_a, e, clamped_a),
                                     in.sample(row_b, e, clamped_b)};
      fft::unrolled<R / 2>([&](auto k) { x[k] = points[Passes::skewed(place + k * kStep)]; });
    });
    count(&tally[a.frame].clamped, clamped_a);
    count(&tally[b.frame].clamped, clamped_b);
  }

  SLICECAST_HD void store(const RowJob& a, const RowJob& b, int thread,
                          const Float2* points) const {
    unsigned clipped_a = 0, clipped_b = 0;
    void *const row_a = out.row_of(a), *const row_b = out.row_of(b);
    Passes::last_inverse(thread, points, twiddles, [&](int point, Float2 value) {
      const int column = point - in.taper;
      if (column < 0 || column >= in.columns) return;
      out.store(row_a, column, value.x, clipped_a);
      out.store(row_b, column, value.y, clipped_b);
    });
    count(&tally[a.frame].clipped, clipped_a);
    count(&tally[b.frame].clipped, clipped_b);
  }
};

}  // namespace slicecast::cuda
