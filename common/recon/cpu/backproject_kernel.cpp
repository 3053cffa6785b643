#include "common/recon/cpu/backproject_kernel.h"

#include <algorithm>
#include <cstdint>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "common/recon/cpu/backproject_kernel.cpp"
#include <hwy/foreach_target.h>
// after foreach_target
#include <hwy/highway.h>

#include "common/base/pixel_type.h"
#include "common/recon/cpu/backproject_blocks-inl.h"
#include "common/recon/cpu/backproject_fetch-inl.h"

HWY_BEFORE_NAMESPACE();
namespace slicecast::recon::HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR

// The portable fallback: one point after the other, in double precision.
template <class T>
void AddPoints(const KernelTerm& term, const BlockSums& onto) {
  const T* pixels = static_cast<const T*>(term.pixels);
  const auto number = [](T stored) {
    if constexpr (sizeof(T) == 2)
      return static_cast<double>(float_from_half(stored));
    else
      return static_cast<double>(stored);
  };
  for (int s = 0; s < onto.strips; ++s) {
    const Homogeneous strip = term.first + static_cast<double>(onto.first_strip + s) * term.strip;
    for (int b = 0; b < onto.blocks; ++b) {
      const Homogeneous point = strip + static_cast<double>(b) * term.block;
      if (!(point.w > 0)) continue;
      const double u = point.u / point.w, v = point.v / point.w;
      if (!(u > -1 && u < term.columns && v > -1 && v < term.rows)) continue;
      const int column = static_cast<int>(u + 1) - 1, row = static_cast<int>(v + 1) - 1;
      const double fu = u - column, fv = v - row;
      const T* upper = pixels + static_cast<std::ptrdiff_t>(row) * term.stride + column;
      const T* lower = upper + term.stride;
      const double value = (1 - fv) * ((1 - fu) * number(upper[0]) + fu * number(upper[1])) +
                           fv * ((1 - fu) * number(lower[0]) + fu * number(lower[1]));
      onto.sums[s * onto.strip_step + b] +=
          static_cast<float>(static_cast<double>(term.factor) * value / (point.w * point.w));
    }
  }
}

void AddTerm(const KernelTerm& term, const BlockSums& onto) {
  term.half ? AddPoints<std::uint16_t>(term, onto) : AddPoints<float>(term, onto);
}

int LaneCount() {
  return 1;
}

#else

// 1/x by the processor's estimate and one Newton step: relative error about 1e-7, which moves a
// sample by 3e-6 px because positions are relative to the block.
HWY_INLINE F32 Reciprocal(F32 x) {
  const auto estimate = hn::ApproximateReciprocal(x);
  return hn::Mul(estimate, hn::NegMulAdd(x, estimate, hn::Set(df, 2.0f)));
}

template <class T, bool kParallel>
class TermKernel {
 public:
  explicit TermKernel(const KernelTerm& term)
      : term_(term),
        image_{static_cast<const T*>(term.pixels), term.stride, term.rows, term.columns},
        lane_u_(hn::Mul(hn::Iota(df, 0), hn::Set(df, static_cast<float>(term.lane.u)))),
        lane_v_(hn::Mul(hn::Iota(df, 0), hn::Set(df, static_cast<float>(term.lane.v)))),
        lane_w_(hn::Mul(hn::Iota(df, 0), hn::Set(df, static_cast<float>(term.lane.w)))),
        factor_(hn::Set(df, term.factor * image_.kFactor)) {}

  void Run(const BlockSums& onto) const {
    Blocks blocks;
    for (int s = 0; s < onto.strips; ++s) {
      const Homogeneous strip =
          term_.first + static_cast<double>(onto.first_strip + s) * term_.strip;
      float* sums = onto.sums + s * onto.strip_step;
      for (int b = 0; b < onto.blocks; b += Blocks::kCapacity) {
        const int count = std::min(Blocks::kCapacity, onto.blocks - b);
        const Homogeneous first = strip + static_cast<double>(b) * term_.block;
        blocks.Place(term_, first, count);
        for (int k = 0; k < count; ++k)
          AddBlock(blocks, k, first, sums + (b + k) * static_cast<int>(hn::Lanes(df)));
      }
    }
  }

 private:
  HWY_INLINE void AddBlock(const Blocks& blocks, int k, Homogeneous first, float* sums) const {
    const int rows = blocks.rows[k];
    if (rows == Blocks::kOutside) return;
    if (HWY_UNLIKELY(rows == Blocks::kCareful)) return AddCarefully(k, first, sums);

    const auto base_u = hn::Set(df, blocks.base_u[k]), base_v = hn::Set(df, blocks.base_v[k]);
    auto u = hn::Add(hn::Set(df, blocks.start_u[k]), lane_u_);
    auto v = hn::Add(hn::Set(df, blocks.start_v[k]), lane_v_);
    F32 weight = factor_;
    if constexpr (!kParallel) {
      const auto w = hn::Add(hn::Set(df, blocks.start_w[k]), lane_w_);
      const auto inverse = Reciprocal(w);
      u = hn::Mul(hn::NegMulAdd(base_u, lane_w_, u), inverse);
      v = hn::Mul(hn::NegMulAdd(base_v, lane_w_, v), inverse);
      weight = hn::Mul(inverse, hn::Mul(inverse, factor_));
    }
    F32 value;
    if (HWY_LIKELY(rows == 2)) {
      value = image_.TwoRows(blocks.offset[k], u, v);
    } else if (rows == Blocks::kGather) {
      value = image_.Gather(base_u, base_v, u, v);
    } else {
      value = image_.ManyRows(blocks.offset[k], blocks.first_row[k], rows, u, v);
    }
    hn::Store(hn::MulAdd(value, weight, hn::Load(df, sums)), df, sums);
  }

  // In double precision, point by point on or off: blocks that reach behind the source or cover
  // much of the detector.
  HWY_NOINLINE void AddCarefully(int k, Homogeneous first, float* sums) const {
    const Homogeneous start = first + static_cast<double>(k) * term_.block;
    HWY_ALIGN float u[kLanes], v[kLanes], base_u[kLanes], base_v[kLanes], weight[kLanes];
    for (int l = 0; l < static_cast<int>(kLanes); ++l) {
      const Homogeneous point = start + static_cast<double>(l) * term_.lane;
      u[l] = v[l] = base_u[l] = base_v[l] = weight[l] = 0;
      if (!(point.w > 0)) continue;
      const double at_u = point.u / point.w, at_v = point.v / point.w;
      if (!(at_u > -1 && at_u < term_.columns && at_v > -1 && at_v < term_.rows)) continue;
      base_u[l] = static_cast<float>(static_cast<int>(at_u + 1) - 1);
      base_v[l] = static_cast<float>(static_cast<int>(at_v + 1) - 1);
      u[l] = static_cast<float>(at_u - static_cast<double>(base_u[l]));
      v[l] = static_cast<float>(at_v - static_cast<double>(base_v[l]));
      weight[l] = static_cast<float>(1 / (point.w * point.w));
    }
    const auto value =
        image_.Gather(hn::Load(df, base_u), hn::Load(df, base_v), hn::Load(df, u), hn::Load(df, v));
    const auto by = hn::Mul(hn::Load(df, weight), factor_);
    hn::Store(hn::MulAdd(value, by, hn::Load(df, sums)), df, sums);
  }

  const KernelTerm& term_;
  const Image<T> image_;
  const F32 lane_u_, lane_v_, lane_w_, factor_;
};

void AddTerm(const KernelTerm& term, const BlockSums& onto) {
  const bool parallel =
      term.first.w == 1 && term.lane.w == 0 && term.block.w == 0 && term.strip.w == 0;
  if (term.half)
    parallel ? TermKernel<std::uint16_t, true>(term).Run(onto)
             : TermKernel<std::uint16_t, false>(term).Run(onto);
  else
    parallel ? TermKernel<float, true>(term).Run(onto) : TermKernel<float, false>(term).Run(onto);
}

int LaneCount() {
  return static_cast<int>(hn::Lanes(df));
}

#endif

}  // namespace slicecast::recon::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace slicecast::recon {

HWY_EXPORT(AddTerm);
HWY_EXPORT(LaneCount);

int kernel_lanes() {
  return HWY_DYNAMIC_DISPATCH(LaneCount)();
}

void add_term(const KernelTerm& term, const BlockSums& onto) {
  HWY_DYNAMIC_DISPATCH(AddTerm)(term, onto);
}

}  // namespace slicecast::recon
#endif
