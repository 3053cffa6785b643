// Where the blocks of a strip fall on the detector, a vector of blocks at a time. Compiled once per
// Highway target.

#if defined(SLICECAST_BACKPROJECT_BLOCKS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SLICECAST_BACKPROJECT_BLOCKS_INL_H_
#undef SLICECAST_BACKPROJECT_BLOCKS_INL_H_
#else
#define SLICECAST_BACKPROJECT_BLOCKS_INL_H_
#endif

#include <hwy/highway.h>

#include "common/recon/cpu/backproject_kernel.h"

#if HWY_TARGET != HWY_SCALAR
HWY_BEFORE_NAMESPACE();
namespace slicecast::recon::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

constexpr hn::ScalableTag<float> df;
constexpr hn::RebindToSigned<decltype(df)> di;
constexpr hn::ScalableTag<double> dd;
constexpr hn::Rebind<float, decltype(dd)> dfh;
using F32 = hn::Vec<decltype(df)>;
using I32 = hn::Vec<decltype(di)>;
using F64 = hn::Vec<decltype(dd)>;
constexpr std::size_t kLanes = hn::MaxLanes(df);

// A vector of blocks in double precision.
struct Wide {
  F64 lower, upper;
};

HWY_INLINE F32 Narrowed(Wide x) {
  return hn::Combine(df, hn::DemoteTo(dfh, x.upper), hn::DemoteTo(dfh, x.lower));
}

// a - b c
HWY_INLINE Wide NegMulAdd(Wide b, F32 c, Wide a) {
  return {hn::NegMulAdd(b.lower, hn::PromoteTo(dd, hn::LowerHalf(dfh, c)), a.lower),
          hn::NegMulAdd(b.upper, hn::PromoteTo(dd, hn::UpperHalf(dfh, c)), a.upper)};
}

struct Blocks {
  static constexpr int kCapacity = 64;

  // `rows` of a block: detector rows that it needs, or one of these.
  static constexpr int kOutside = 0;
  static constexpr int kGather = 1;
  static constexpr int kCareful = -1;

  // Columns that one window of loads covers, see Image::Window; 0: this target only gathers.
  static constexpr int kWindow = HWY_TARGET <= HWY_AVX2 ? 2 * static_cast<int>(kLanes) : 0;
  // Where permuting more rows costs more than gathering.
  static constexpr int kMostRows = 6;
  // Beyond this extent positions relative to the block's corner lose precision.
  static constexpr float kWidest = 80.0f;

  // Detector position of lane 0 times w, relative to (base_u, base_v).
  HWY_ALIGN float start_u[kCapacity], start_v[kCapacity], start_w[kCapacity];
  HWY_ALIGN float base_u[kCapacity], base_v[kCapacity];
  HWY_ALIGN std::int32_t offset[kCapacity];     // of (first row, base_u) in the image
  HWY_ALIGN std::int32_t first_row[kCapacity];  // relative to base_v
  HWY_ALIGN std::int32_t rows[kCapacity];

  void Place(const KernelTerm& term, Homogeneous first, int count) {
    const auto at = [&](int k, double start, double step) HWY_ATTR {
      const auto steps = hn::Set(dd, step);
      const auto here = hn::Iota(dd, k);
      const auto half = static_cast<double>(hn::Lanes(dd));
      return Wide{hn::MulAdd(here, steps, hn::Set(dd, start)),
                  hn::MulAdd(hn::Add(here, hn::Set(dd, half)), steps, hn::Set(dd, start))};
    };
    const auto to_end = [&](double lane_step) HWY_ATTR {
      return hn::Set(df, static_cast<float>(lane_step * static_cast<double>(hn::Lanes(df) - 1)));
    };
    const auto zero = hn::Zero(df), one = hn::Set(df, 1.0f);
    // Rounding of the single-precision extents below, for detectors of up to 2^16 pixels.
    const auto margin = hn::Set(df, 0.01f);
    const auto columns = hn::Set(df, static_cast<float>(term.columns));
    const auto image_rows = hn::Set(df, static_cast<float>(term.rows));

    for (int k = 0; k < count; k += static_cast<int>(hn::Lanes(df))) {
      const Wide wide_u = at(k, first.u, term.block.u), wide_v = at(k, first.v, term.block.v);
      const Wide wide_w = at(k, first.w, term.block.w);
      const auto w = Narrowed(wide_w);
      const auto end_w = hn::Add(w, to_end(term.lane.w));
      const auto in_front = hn::And(hn::Gt(w, zero), hn::Gt(end_w, zero));
      const auto behind = hn::And(hn::Le(w, zero), hn::Le(end_w, zero));

      // u and v are monotonic along a line in front of the source: the ends bound the block.
      const auto inverse = hn::Div(one, w), end_inverse = hn::Div(one, end_w);
      const auto from_u = Narrowed(wide_u), from_v = Narrowed(wide_v);
      const auto u0 = hn::Mul(from_u, inverse);
      const auto u1 = hn::Mul(hn::Add(from_u, to_end(term.lane.u)), end_inverse);
      const auto v0 = hn::Mul(from_v, inverse);
      const auto v1 = hn::Mul(hn::Add(from_v, to_end(term.lane.v)), end_inverse);
      const auto least_u = hn::Sub(hn::Min(u0, u1), margin);
      const auto most_u = hn::Add(hn::Max(u0, u1), margin);
      const auto least_v = hn::Sub(hn::Min(v0, v1), margin);
      const auto most_v = hn::Add(hn::Max(v0, v1), margin);
      const auto beside = hn::Or(hn::Or(hn::Lt(most_u, hn::Neg(one)), hn::Gt(least_u, columns)),
                                 hn::Or(hn::Lt(most_v, hn::Neg(one)), hn::Gt(least_v, image_rows)));
      const auto outside = hn::Or(behind, hn::And(in_front, beside));

      // Clamped so that the conversions below are defined; blocks that the clamp touches are wide.
      const auto limit = hn::Set(df, 1e6f);
      const auto clamped = [&](F32 x) HWY_ATTR {
        return hn::Min(hn::Max(hn::Floor(x), hn::Neg(limit)), limit);
      };
      const auto corner_u = clamped(least_u), corner_v = clamped(least_v);
      const auto last_v = clamped(most_v);
      const auto extent_u = hn::Sub(most_u, corner_u), extent_v = hn::Sub(most_v, corner_v);
      const auto widest = hn::Set(df, kWidest);
      const auto near =
          hn::And(in_front, hn::And(hn::Lt(extent_u, widest), hn::Lt(extent_v, widest)));

      // Rows that the block needs. Two fit at any height because rows of zeros surround the image;
      // more are clipped to the image, but to no fewer than three, since two mean two neighbours.
      auto top = corner_v;
      auto needed = hn::Add(hn::Sub(last_v, corner_v), hn::Set(df, 2.0f));
      const auto two = hn::Le(needed, hn::Set(df, 2.0f));
      const auto clipped_top = hn::Min(hn::Max(corner_v, zero), hn::Sub(image_rows, one));
      const auto clipped_last = hn::Min(hn::Add(last_v, one), hn::Sub(image_rows, one));
      top = hn::IfThenElse(two, corner_v, clipped_top);
      needed = hn::IfThenElse(
          two, needed,
          hn::Max(hn::Add(hn::Sub(clipped_last, clipped_top), one), hn::Set(df, 3.0f)));

      const auto fits =
          hn::And(near, hn::And(hn::Lt(extent_u, hn::Set(df, static_cast<float>(kWindow - 1))),
                                hn::Le(needed, hn::Set(df, static_cast<float>(kMostRows)))));
      auto kind = hn::IfThenElse(near, hn::Set(df, static_cast<float>(kGather)),
                                 hn::Set(df, static_cast<float>(kCareful)));
      kind = hn::IfThenElse(fits, needed, kind);
      kind = hn::IfThenZeroElse(outside, kind);

      hn::Store(Narrowed(NegMulAdd(wide_w, corner_u, wide_u)), df, start_u + k);
      hn::Store(Narrowed(NegMulAdd(wide_w, corner_v, wide_v)), df, start_v + k);
      hn::Store(w, df, start_w + k);
      hn::Store(corner_u, df, base_u + k);
      hn::Store(corner_v, df, base_v + k);
      const auto column = hn::ConvertTo(di, corner_u), row = hn::ConvertTo(di, top);
      hn::Store(hn::Add(hn::Mul(row, hn::Set(di, term.stride)), column), di, offset + k);
      hn::Store(hn::Sub(row, hn::ConvertTo(di, corner_v)), di, first_row + k);
      hn::Store(hn::ConvertTo(di, kind), di, rows + k);
    }
  }
};

}  // namespace slicecast::recon::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif

#endif  // include guard
