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
        load_simple<kStep>(row_a, row_b, place, x, clamped_a, clamped_b);
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

  // As many samples at a time as the registers hold.
  template <int kStep, int R>
  SLICECAST_HD void load_simple(const RowInput::Row& row_a, const RowInput::Row& row_b, int place,
                                Float2 (&x)[R], unsigned& clamped_a, unsigned& clamped_b) const {
    constexpr int kAtOnce = R == 24 ? 6 : R / 2;
    const float slope = multiply_add(in.slope_per_column, static_cast<float>(place), in.slope_u0);
    fft::unrolled<R / 2 / kAtOnce>([&](auto group) {
      constexpr int kFirst = group * kAtOnce;
      RowInput::Measured of_a[kAtOnce], of_b[kAtOnce];
      fft::unrolled<kAtOnce>([&](auto i) {
        of_a[i] = in.measured(row_a, place + (kFirst + i) * kStep);
        of_b[i] = in.measured(row_b, place + (kFirst + i) * kStep);
      });
      bool bad = false;
      float a[kAtOnce], b[kAtOnce];
      fft::unrolled<kAtOnce>([&](auto i) {
        a[i] = in.transmission(row_a, of_a[i], bad);
        b[i] = in.transmission(row_b, of_b[i], bad);
      });
      if (bad)
        fft::unrolled<kAtOnce>([&](auto i) {
          in.patch(row_a, place + (kFirst + i) * kStep, a[i]);
          in.patch(row_b, place + (kFirst + i) * kStep, b[i]);
        });
      fft::unrolled<kAtOnce>([&](auto i) {
        constexpr int kFrom = (kFirst + i) * kStep;
        const float u = multiply_add(in.slope_per_column, static_cast<float>(kFrom), slope);
        x[kFirst + i] = {in.simple_sample(row_a, a[i], place + kFrom, u, clamped_a),
                         in.simple_sample(row_b, b[i], place + kFrom, u, clamped_b)};
      });
    });
  }

  SLICECAST_HD void store(const RowJob& a, const RowJob& b, int thread,
                          const Float2* points) const {
    if (out.half)
      store_as<true>(a, b, thread, points);
    else
      store_as<false>(a, b, thread, points);
  }
  SLICECAST_HD bool wanted(int point) const {
    return static_cast<unsigned>(point - in.taper) < static_cast<unsigned>(in.columns);
  }
  template <bool kHalf>
  SLICECAST_HD void store_as(const RowJob& a, const RowJob& b, int thread,
                             const Float2* points) const {
    constexpr int R = fft::Shape<kLength>::kRadix[0], kStep = kLength / R;
    unsigned clipped_a = 0, clipped_b = 0;
    void *const row_a = out.row_of(a), *const row_b = out.row_of(b);
    Passes::last_inverse(thread, points, twiddles, [&](int place, Float2(&x)[R]) {
      // What does not fit is rare: one look at the largest of all, then at each.
      float most = 0;
      fft::unrolled<R / 2>([&](auto k) {
        if constexpr (kHalf) x[k] = {x[k].x * out.factor, x[k].y * out.factor};
        most = larger_or_none(larger_or_none(most, x[k].x), x[k].y);
      });
      if (!(most <= RowOutput::kMost<kHalf>))
        fft::unrolled<R / 2>([&](auto k) {
          if (!wanted(place + k * kStep)) return;
          unsigned none = 0;
          x[k].x = out.template fitting<kHalf>(x[k].x, row_a != nullptr ? clipped_a : none);
          x[k].y = out.template fitting<kHalf>(x[k].y, row_b != nullptr ? clipped_b : none);
        });
      fft::unrolled<R / 2>([&](auto k) {
        const int point = place + k * kStep;
        if (row_a != nullptr && wanted(point))
          out.template put<kHalf>(row_a, point - in.taper, x[k].x);
        if (row_b != nullptr && wanted(point))
          out.template put<kHalf>(row_b, point - in.taper, x[k].y);
      });
    });
    count(&tally[a.frame].clipped, clipped_a);
    count(&tally[b.frame].clipped, clipped_b);
  }
};

}  // namespace slicecast::cuda
