// Bilinear interpolation of one block of positions in a stored image. Compiled once per Highway
// target.

#if defined(SLICECAST_BACKPROJECT_FETCH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SLICECAST_BACKPROJECT_FETCH_INL_H_
#undef SLICECAST_BACKPROJECT_FETCH_INL_H_
#else
#define SLICECAST_BACKPROJECT_FETCH_INL_H_
#endif

#include <hwy/highway.h>

#include "common/recon/cpu/backproject_blocks-inl.h"

#if HWY_TARGET != HWY_SCALAR
HWY_BEFORE_NAMESPACE();
namespace slicecast::recon::HWY_NAMESPACE {

// Two neighbours in a row.
struct Pair {
  F32 left, right;
};

HWY_INLINE F32 Between(Pair pair, F32 fraction) {
  return hn::MulAdd(fraction, hn::Sub(pair.right, pair.left), pair.left);
}

// 2 kLanes neighbouring pixels in registers, from which any lane can take any: one load and one
// permutation where a gather takes a load per lane.
struct Window {
  F32 lower, upper;

  HWY_INLINE F32 At(I32 index) const {
#if HWY_TARGET <= HWY_AVX3
    return F32{_mm512_permutex2var_ps(lower.raw, index.raw, upper.raw)};
#elif HWY_TARGET <= HWY_AVX2
    const __m256 low = _mm256_permutevar8x32_ps(lower.raw, index.raw);
    const __m256 high = _mm256_permutevar8x32_ps(upper.raw, index.raw);
    // Bit 3 of the index, moved to the sign.
    return F32{_mm256_blendv_ps(low, high, _mm256_castsi256_ps(_mm256_slli_epi32(index.raw, 28)))};
#else
    (void)index;
    return lower;
#endif
  }
};

template <class T>
struct Image {
  const T* pixels;
  int stride, rows, columns;

  // Gathered halves are widened by moving their bits, which leaves them 2^-112 too small; windows
  // are widened exactly. `kFactor` is what both leave to the caller.
  static constexpr float kFactor = 1.0f;

  HWY_INLINE Window Load(const T* from) const {
#if HWY_TARGET <= HWY_AVX2
    if constexpr (sizeof(T) == 2) {
      const hn::Rebind<hwy::float16_t, decltype(df)> dh;
      const hn::Rebind<std::uint16_t, decltype(df)> du;
      return {hn::PromoteTo(df, hn::BitCast(dh, hn::LoadU(du, from))),
              hn::PromoteTo(df, hn::BitCast(dh, hn::LoadU(du, from + kLanes)))};
    } else {
      return {hn::LoadU(df, from), hn::LoadU(df, from + kLanes)};
    }
#else
    (void)from;
    return {hn::Zero(df), hn::Zero(df)};
#endif
  }

  // u, v: relative to the window's corner, in [0, kWindow - 1) and [0, 1].
  HWY_INLINE F32 TwoRows(std::int32_t offset, F32 u, F32 v) const {
    const auto index = hn::ConvertTo(di, u);
    const auto fraction = hn::Sub(u, hn::ConvertTo(df, index));
    const auto next = hn::Add(index, hn::Set(di, 1));
    const T* row = pixels + offset;
    const auto upper = Between(PairIn(row, index, next), fraction);
    const auto lower = Between(PairIn(row + stride, index, next), fraction);
    return hn::MulAdd(v, hn::Sub(lower, upper), upper);
  }

  // The same over `count` rows from `first` on: every row under the tent 1 - |v - row|.
  HWY_INLINE F32 ManyRows(std::int32_t offset, std::int32_t first, int count, F32 u, F32 v) const {
    const auto index = hn::ConvertTo(di, u);
    const auto fraction = hn::Sub(u, hn::ConvertTo(df, index));
    const auto next = hn::Add(index, hn::Set(di, 1));
    const T* row = pixels + offset;
    auto above = hn::Sub(v, hn::Set(df, static_cast<float>(first)));
    auto sum = hn::Zero(df);
    const auto one = hn::Set(df, 1.0f);
    for (int k = 0; k < count; ++k, row += stride) {
      const auto tent = hn::Max(hn::Sub(one, hn::Abs(above)), hn::Zero(df));
      sum = hn::MulAdd(tent, Between(PairIn(row, index, next), fraction), sum);
      above = hn::Sub(above, one);
    }
    return sum;
  }

  // Any footprint; u, v relative to (base_u, base_v). Clamped onto the zeros around the image.
  HWY_INLINE F32 Gather(F32 base_u, F32 base_v, F32 u, F32 v) const {
    const auto minus_one = hn::Set(df, -1.0f);
    const auto clamped = [&](F32 x, F32 base, int size) HWY_ATTR {
      const auto most = hn::Sub(hn::Set(df, static_cast<float>(size)), base);
      return hn::Min(hn::Max(x, hn::Sub(minus_one, base)), most);
    };
    u = clamped(u, base_u, columns);
    v = clamped(v, base_v, rows);
    const auto column = hn::Floor(u), row = hn::Floor(v);
    const auto fu = hn::Sub(u, column), fv = hn::Sub(v, row);
    const auto at = hn::Add(hn::Mul(hn::ConvertTo(di, hn::Add(row, base_v)), hn::Set(di, stride)),
                            hn::ConvertTo(di, hn::Add(column, base_u)));
    const auto upper = Between(Gathered(pixels, at), fu);
    const auto lower = Between(Gathered(pixels + stride, at), fu);
    return hn::MulAdd(fv, hn::Sub(lower, upper), upper);
  }

 private:
  HWY_INLINE Pair PairIn(const T* row, I32 index, I32 next) const {
    const Window window = Load(row);
    return {window.At(index), window.At(next)};
  }

  HWY_INLINE Pair Gathered(const T* from, I32 at) const {
    if constexpr (sizeof(T) == 2) {
      // Two halves in one 32-bit gather. Their exponent and mantissa, moved to where a single has
      // them, are that number times 2^-112, subnormal halves included.
      const auto both =
          hn::GatherOffset(di, reinterpret_cast<const std::int32_t*>(from), hn::ShiftLeft<1>(at));
      const auto mask = hn::Set(di, static_cast<std::int32_t>(0x8fffe000u));
      const auto rebias = hn::Set(df, 0x1p112f);
      const auto widened = [&](I32 high) HWY_ATTR {
        const auto bits = hn::And(hn::ShiftRight<3>(high), mask);
        return hn::Mul(hn::BitCast(df, bits), rebias);
      };
      return {widened(hn::ShiftLeft<16>(both)), widened(both)};
    } else {
      return {hn::GatherIndex(df, from, at), hn::GatherIndex(df, from + 1, at)};
    }
  }
};

}  // namespace slicecast::recon::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif

#endif  // include guard
