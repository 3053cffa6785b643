// Where the blocks of a strip fall on the detector, a vector of blocks at a time. Compiled once per
// Highway target.

#if defined(SLICECAST_BACKPROJECT_BLOCKS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SLICECAST_BACKPROJECT_BLOCKS_INL_H_
#undef SLICECAST_BACKPROJECT_BLOCKS_INL_H_
#else
#define SLICECAST_BACKPROJECT_BLOCKS_INL_H_
#endif

#include <algorithm>
#include <optional>

#include <hwy/highway.h>

#include "common/recon/cpu/backproject_kernel.h"

#if HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128
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

// Truncation. Highway's own also defines what does not fit, which costs four operations more.
HWY_INLINE I32 ToInt(F32 x) {
#if HWY_TARGET <= HWY_AVX3
  return I32{_mm512_cvttps_epi32(x.raw)};
#else
  return I32{_mm256_cvttps_epi32(x.raw)};
#endif
}

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

// 1/x by the processor's estimate and one Newton step: relative error about 1e-7, which moves a
// sample by 3e-6 px because positions are relative to the block.
HWY_INLINE F32 Reciprocal(F32 x) {
  const auto estimate = hn::ApproximateReciprocal(x);
  return hn::Mul(estimate, hn::NegMulAdd(x, estimate, hn::Set(df, 2.0f)));
}

// Blocks of one or more strips that are worked on together.
struct Section {
  static constexpr int kCapacity = 64;
  // Of each block; in double precision because positions are computed with them.
  HWY_ALIGN double strip[kCapacity], block[kCapacity];
  int count = 0;
  float* sums = nullptr;

  // Lane 0 of block k.
  Homogeneous Start(const KernelTerm& term, int k) const {
    return term.first + strip[k] * term.strip + block[k] * term.block;
  }
};

class SectionWalk {
 public:
  SectionWalk(const BlockSums& onto, std::size_t lanes) : onto_(onto), lanes_(lanes) {}

  // The section that follows; without blocks at the end.
  void Next(Section& section) {
    section.sums = onto_.sums + static_cast<std::size_t>(done_) * lanes_;
    int k = 0;
    for (; k < onto_.section && strip_ < onto_.strips; ++k) {
      section.strip[k] = onto_.first_strip + strip_;
      section.block[k] = block_;
      if (++block_ < onto_.blocks) continue;
      block_ = 0;
      ++strip_;
    }
    section.count = k;
    done_ += k;
    // Whole vectors of blocks are placed: what is left repeats the last block.
    for (; k > 0 && k < Section::kCapacity; ++k) {
      section.strip[k] = section.strip[k - 1];
      section.block[k] = section.block[k - 1];
    }
  }

 private:
  const BlockSums& onto_;
  std::size_t lanes_;
  int strip_ = 0, block_ = 0;
  std::ptrdiff_t done_ = 0;
};

// Where the blocks of a section fall on one term's detector.
struct Blocks {
  static constexpr int kCapacity = Section::kCapacity;
  static constexpr int kMostRows = 17;  // that any kernel permutes

  // `rows` of a block: detector rows that it needs, more than kTable where all its pixels fit one
  // table, or one of these.
  static constexpr int kOutside = 0;
  static constexpr int kGather = 1;
  static constexpr int kCareful = -1;
  static constexpr int kTable = 32;

  // Columns that one window of loads covers, see Window.
  static constexpr int kWindow = 2 * static_cast<int>(kLanes);
  // Extent of a table, see Image::Table.
  static constexpr bool kTables = HWY_TARGET <= HWY_AVX3;
  static constexpr int kTableColumns = 8, kTableRows = 8;
  // Beyond this extent positions relative to the block's corner lose precision.
  static constexpr float kWidest = 48.0f;

  // Detector position of lane 0 times w, relative to (base_u, base_v).
  HWY_ALIGN float start_u[kCapacity], start_v[kCapacity], start_w[kCapacity];
  HWY_ALIGN float base_u[kCapacity], base_v[kCapacity];
  HWY_ALIGN std::int32_t offset[kCapacity];  // of (first row, base_u) in the image
  HWY_ALIGN std::int32_t rows[kCapacity];

  // Blocks that fit a window and need no more than `most_rows` are to be permuted, others gathered.
  // Patches of more than two rows that fit a table are marked so.
  // `kEnds`: corners of a block beside lane 0: the far end of a row of points, or three of a patch.
  template <int kEnds>
  void Place(const KernelTerm& term, const Section& section, int most_rows) {
    const auto at = [&](int k, double first, double strip_step, double block_step) HWY_ATTR {
      const auto half = [&](int from) HWY_ATTR {
        const auto strip = hn::MulAdd(hn::Load(dd, section.strip + from), hn::Set(dd, strip_step),
                                      hn::Set(dd, first));
        return hn::MulAdd(hn::Load(dd, section.block + from), hn::Set(dd, block_step), strip);
      };
      return Wide{half(k), half(k + static_cast<int>(hn::Lanes(dd)))};
    };
    const auto across = static_cast<double>(kEnds == 1 ? kLanes - 1 : term.width - 1);
    const auto down = kEnds == 1 ? 0.0 : static_cast<double>(kLanes) / term.width - 1;
    const Homogeneous ends[] = {across * term.lane, down * term.cross,
                                across * term.lane + down * term.cross};
    const auto to_end = [](double step) HWY_ATTR { return hn::Set(df, static_cast<float>(step)); };
    const auto one = hn::Set(df, 1.0f);
    const auto half = hn::Set(df, 0.5f);
    const auto least_w = hn::Set(df, static_cast<float>(kLeastDepth));
    // Rounding of the single-precision extents below, for detectors of up to 2^16 pixels.
    const auto margin = hn::Set(df, 0.01f);
    const auto columns = hn::Set(df, static_cast<float>(term.columns));
    const auto image_rows = hn::Set(df, static_cast<float>(term.rows));

    for (int k = 0; k < section.count; k += static_cast<int>(hn::Lanes(df))) {
      const Wide wide_u = at(k, term.first.u, term.strip.u, term.block.u);
      const Wide wide_v = at(k, term.first.v, term.strip.v, term.block.v);
      const Wide wide_w = at(k, term.first.w, term.strip.w, term.block.w);
      const auto w = Narrowed(wide_w);
      auto in_front = hn::Gt(w, least_w), behind = hn::Le(w, least_w);

      // u and v are monotonic along a line in front of the source: the corners bound the block.
      const auto inverse = Reciprocal(w);
      const auto from_u = Narrowed(wide_u), from_v = Narrowed(wide_v);
      auto least_u = hn::Mul(from_u, inverse), most_u = least_u;
      auto least_v = hn::Mul(from_v, inverse), most_v = least_v;
      F32 end_inverse[kEnds];
      for (int e = 0; e < kEnds; ++e) {
        const auto end_w = hn::Add(w, to_end(ends[e].w));
        in_front = hn::And(in_front, hn::Gt(end_w, least_w));
        behind = hn::And(behind, hn::Le(end_w, least_w));
        end_inverse[e] = Reciprocal(end_w);
        const auto u = hn::Mul(hn::Add(from_u, to_end(ends[e].u)), end_inverse[e]);
        const auto v = hn::Mul(hn::Add(from_v, to_end(ends[e].v)), end_inverse[e]);
        least_u = hn::Min(least_u, u);
        most_u = hn::Max(most_u, u);
        least_v = hn::Min(least_v, v);
        most_v = hn::Max(most_v, v);
      }
      least_u = hn::Sub(least_u, margin);
      most_u = hn::Add(most_u, margin);
      least_v = hn::Sub(least_v, margin);
      most_v = hn::Add(most_v, margin);
      const auto beside = hn::Or(hn::Or(hn::Lt(most_u, hn::Neg(one)), hn::Gt(least_u, columns)),
                                 hn::Or(hn::Lt(most_v, hn::Neg(one)), hn::Gt(least_v, image_rows)));
      const auto outside = hn::Or(behind, hn::And(in_front, beside));

      // Clamped so that the conversions below are defined; blocks that the clamp touches are wide.
      const auto limit = hn::Set(df, 1e6f);
      const auto clamped = [&](F32 x) HWY_ATTR {
        return hn::Min(hn::Max(hn::Floor(x), hn::Neg(limit)), limit);
      };
      const auto corner_u = clamped(least_u);
      auto corner_v = clamped(least_v);
      const auto extent_u = hn::Sub(most_u, corner_u), extent_v = hn::Sub(most_v, corner_v);
      const auto widest = hn::Set(df, kWidest);
      const auto near =
          hn::And(in_front, hn::And(hn::Lt(extent_u, widest), hn::Lt(extent_v, widest)));

      const auto start_at_u = Narrowed(NegMulAdd(wide_w, corner_u, wide_u));
      auto start_at_v = Narrowed(NegMulAdd(wide_w, corner_v, wide_v));

      // Rows that the block needs, now from precise positions: an axial slice may lie exactly on a
      // row. What lies this little beyond a row is extrapolated from it.
      const auto tolerance = hn::Set(df, 0x1p-18f);
      auto least_offset = hn::Mul(start_at_v, inverse), most_offset = least_offset;
      for (int e = 0; e < kEnds; ++e) {
        const auto step = hn::NegMulAdd(corner_v, to_end(ends[e].w), to_end(ends[e].v));
        const auto offset = hn::Mul(hn::Add(start_at_v, step), end_inverse[e]);
        least_offset = hn::Min(least_offset, offset);
        most_offset = hn::Max(most_offset, offset);
      }
      const auto top = hn::Floor(hn::Add(least_offset, tolerance));
      const auto last = hn::Floor(hn::Sub(most_offset, tolerance));
      corner_v = hn::Add(corner_v, top);
      start_at_v = hn::NegMulAdd(top, w, start_at_v);
      const auto two_more = hn::Set(df, 2.0f);
      const auto span = hn::Max(hn::Add(hn::Sub(last, top), two_more), two_more);
      // Two rows fit at any height because rows of zeros surround the image; more are clipped to
      // the image and its zeros, but to no fewer than three, since two mean two neighbours.
      const auto two = hn::And(hn::Le(span, two_more), hn::Ge(corner_v, hn::Neg(one)));
      const auto first =
          hn::IfThenElse(two, corner_v, hn::Min(hn::Max(corner_v, hn::Neg(one)), image_rows));
      const auto bottom = hn::Min(hn::Add(corner_v, hn::Sub(span, one)), hn::Add(image_rows, one));
      const auto needed = hn::IfThenElse(
          two, two_more, hn::Max(hn::Add(hn::Sub(bottom, first), one), hn::Set(df, 3.0f)));

      const auto fits =
          hn::And(near, hn::And(hn::Lt(extent_u, hn::Set(df, static_cast<float>(kWindow - 1))),
                                hn::Le(needed, hn::Set(df, static_cast<float>(most_rows)))));
      auto kind = hn::IfThenElse(near, hn::Set(df, static_cast<float>(kGather)),
                                 hn::Set(df, static_cast<float>(kCareful)));
      kind = hn::IfThenElse(fits, needed, kind);
      if (kTables && kEnds == 3 && term.half) {
        const auto small =
            hn::And(hn::And(fits, hn::Gt(needed, two_more)),
                    hn::And(hn::Lt(extent_u, hn::Set(df, static_cast<float>(kTableColumns - 1))),
                            hn::Le(needed, hn::Set(df, static_cast<float>(kTableRows)))));
        kind =
            hn::IfThenElse(small, hn::Add(needed, hn::Set(df, static_cast<float>(kTable))), kind);
      }
      kind = hn::IfThenZeroElse(outside, kind);

      // Permuted blocks count from their first row. Gathered blocks may be wide: count from their
      // middle, which halves the rounding of the ends.
      const auto middle_u = hn::IfThenZeroElse(fits, hn::Floor(hn::Mul(extent_u, half)));
      const auto middle_v =
          hn::IfThenElse(fits, hn::Sub(first, corner_v), hn::Floor(hn::Mul(extent_v, half)));

      hn::Store(hn::NegMulAdd(middle_u, w, start_at_u), df, start_u + k);
      hn::Store(hn::NegMulAdd(middle_v, w, start_at_v), df, start_v + k);
      hn::Store(w, df, start_w + k);
      hn::Store(hn::Add(corner_u, middle_u), df, base_u + k);
      hn::Store(hn::Add(corner_v, middle_v), df, base_v + k);
      const auto column = ToInt(corner_u), row = ToInt(first);
      hn::Store(hn::Add(hn::Mul(row, hn::Set(di, term.stride)), column), di, offset + k);
      hn::Store(ToInt(kind), di, rows + k);
    }
    // A shorter section may follow a longer one, and is asked for by the latter's number of blocks.
    for (int k = section.count; k < kCapacity; ++k) offset[k] = rows[k] = 0;
  }
};

}  // namespace slicecast::recon::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif

#endif  // include guard
