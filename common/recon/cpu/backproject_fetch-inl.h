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

#if HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128
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
#else
    const __m256 low = _mm256_permutevar8x32_ps(lower.raw, index.raw);
    const __m256 high = _mm256_permutevar8x32_ps(upper.raw, index.raw);
    // Bit 3 of the index, moved to the sign.
    return F32{_mm256_blendv_ps(low, high, _mm256_castsi256_ps(_mm256_slli_epi32(index.raw, 28)))};
#endif
  }
};

#if HWY_TARGET <= HWY_AVX3
// Halves of 16 lanes: left neighbours in the lower part, right ones in the upper.
HWY_INLINE Pair Widened(__m512i halves) {
  return {F32{_mm512_cvtph_ps(_mm512_castsi512_si256(halves))},
          F32{_mm512_cvtph_ps(_mm512_extracti64x4_epi64(halves, 1))}};
}

// Words `low` of every lane, then the same words plus `more`.
HWY_INLINE __m512i Words(I32 low, int more) {
  const __m256i words = _mm512_cvtepi32_epi16(low.raw);
  const __m256i right = _mm256_add_epi16(words, _mm256_set1_epi16(static_cast<short>(more)));
  return _mm512_inserti64x4(_mm512_castsi256_si512(words), right, 1);
}
#endif

// kLanes stored numbers from any address.
HWY_INLINE F32 Numbers(const std::uint16_t* from) {
  const hn::Rebind<hwy::float16_t, decltype(df)> dh;
  const hn::Rebind<std::uint16_t, decltype(df)> du;
  return hn::PromoteTo(df, hn::BitCast(dh, hn::LoadU(du, from)));
}
HWY_INLINE F32 Numbers(const float* from) {
  return hn::LoadU(df, from);
}

template <class T>
struct Image {
  const T* pixels;
  int stride, rows, columns;

  // u, v: relative to the window's corner, in [0, kWindow - 1) and [0, 1].
  HWY_INLINE F32 TwoRows(std::int32_t offset, F32 u, F32 v) const {
    const Columns columns_at(u);
    const auto upper = columns_at.In(pixels + offset);
    return hn::MulAdd(v, hn::Sub(columns_at.In(pixels + offset + stride), upper), upper);
  }

  // The same over `count` rows (odd); v may leave them where there are zeros.
  HWY_INLINE F32 ManyRows(std::int32_t offset, int count, F32 u, F32 v) const {
    const T* row = pixels + offset;
#if HWY_TARGET <= HWY_AVX3
    if constexpr (sizeof(T) == 2) {
      if (count > 3) return ManyRowsOfHalves(row, count, u, v);
    }
#endif
    const Columns columns_at(u);
    const auto zero = hn::Zero(df), one = hn::Set(df, 1.0f);
    auto upper = columns_at.In(row);
    auto sum = upper;
    // From row to row, as much of the way as v goes.
    for (int k = 1; k < count; ++k) {
      row += stride;
      const auto lower = columns_at.In(row);
      sum = hn::MulAdd(hn::Min(hn::Max(v, zero), one), hn::Sub(lower, upper), sum);
      v = hn::Sub(v, one);
      upper = lower;
    }
    return sum;
  }

#if HWY_TARGET <= HWY_AVX3
  // The same over `count` rows where 8 columns and 4 * kQuarters rows hold all that the block
  // needs: each lane takes its four neighbours from one or two registers.
  template <int kQuarters>
  HWY_INLINE F32 Table(std::int32_t offset, int count, F32 u, F32 v) const {
    static_assert(sizeof(T) == 2 && (kQuarters == 1 || kQuarters == 2));
    v = hn::Min(hn::Max(v, hn::Zero(df)), hn::Set(df, static_cast<float>(count - 1)));
    const auto iv = hn::Min(ToInt(v), hn::Set(di, count - 2)), iu = ToInt(u);
    const auto fv = hn::Sub(v, hn::ConvertTo(df, iv)), fu = hn::Sub(u, hn::ConvertTo(df, iu));
    const __m512i above = Words(hn::Add(iu, hn::ShiftLeft<3>(iv)), 1);
    const __m512i below = _mm512_add_epi16(above, _mm512_set1_epi16(Blocks::kTableColumns));
    const T* row = pixels + offset;
    const __m512i rows = FourRows(row);
    Pair upper, lower;
    if constexpr (kQuarters == 1) {
      upper = Widened(_mm512_permutexvar_epi16(above, rows));
      lower = Widened(_mm512_permutexvar_epi16(below, rows));
    } else {
      const __m512i more = FourRows(row + 4 * stride);
      upper = Widened(_mm512_permutex2var_epi16(rows, above, more));
      lower = Widened(_mm512_permutex2var_epi16(rows, below, more));
    }
    const auto top = Between(upper, fu), bottom = Between(lower, fu);
    return hn::MulAdd(fv, hn::Sub(bottom, top), top);
  }
#endif

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
#if HWY_TARGET <= HWY_AVX3
  // The first 8 columns of four rows.
  HWY_INLINE __m512i FourRows(const T* row) const {
    const auto eight = [&](int k) HWY_ATTR {
      return _mm_loadu_si128(reinterpret_cast<const __m128i*>(row + k * stride));
    };
    const __m256i first = _mm256_inserti128_si256(_mm256_castsi128_si256(eight(0)), eight(1), 1);
    const __m256i last = _mm256_inserti128_si256(_mm256_castsi128_si256(eight(2)), eight(3), 1);
    return _mm512_inserti64x4(_mm512_castsi256_si512(first), last, 1);
  }

  // Each lane takes its upper and its lower neighbours from its own rows: 32 columns of two rows
  // are one table of 64 halves. v in [0, count - 1], except where all rows beyond are zeros.
  HWY_INLINE F32 ManyRowsOfHalves(const T* row, int count, F32 u, F32 v) const {
    const auto most = hn::Set(df, static_cast<float>(count - 1));
    v = hn::Min(hn::Max(v, hn::Zero(df)), most);
    // At the very last row too the two neighbours are the last two rows.
    const auto iv = hn::Min(ToInt(v), hn::Set(di, count - 2)), iu = ToInt(u);
    const auto fv = hn::Sub(v, hn::ConvertTo(df, iv)), fu = hn::Sub(u, hn::ConvertTo(df, iu));
    // Bit 5 of the index chooses between the two rows of a table.
    const __m512i words = Words(hn::Add(iu, hn::ShiftLeft<5>(iv)), 1);
    __m512i last = _mm512_loadu_si512(row + stride);
    __m512i upper = _mm512_permutex2var_epi16(_mm512_loadu_si512(row), words, last);
    __m512i next = _mm512_loadu_si512(row + 2 * stride);
    __m512i lower = _mm512_permutex2var_epi16(last, words, next);
    if (count > 3) {
      const __m512i tables = Words(hn::ShiftRight<1>(iv), 0);
      for (int k = 2; k < count - 1; k += 2) {
        const __mmask32 here =
            _mm512_cmpeq_epi16_mask(tables, _mm512_set1_epi16(static_cast<short>(k / 2)));
        row += 2 * stride;
        const __m512i first = next;
        last = _mm512_loadu_si512(row + stride);
        next = _mm512_loadu_si512(row + 2 * stride);
        upper = _mm512_mask_mov_epi16(upper, here, _mm512_permutex2var_epi16(first, words, last));
        lower = _mm512_mask_mov_epi16(lower, here, _mm512_permutex2var_epi16(last, words, next));
      }
    }
    const auto top = Between(Widened(upper), fu), bottom = Between(Widened(lower), fu);
    return hn::MulAdd(fv, hn::Sub(bottom, top), top);
  }
#endif

  // Interpolates rows at the same columns.
  class Columns {
   public:
    HWY_INLINE explicit Columns(F32 u)
        : left_(ToInt(u)),
          right_(hn::Add(left_, hn::Set(di, 1))),
          fraction_(hn::Sub(u, hn::ConvertTo(df, left_))) {}
    // Widening whole windows is cheaper than permuting halves and widening what was taken.
    HWY_INLINE F32 In(const T* row) const {
      const Window window{Numbers(row), Numbers(row + kLanes)};
      return Between({window.At(left_), window.At(right_)}, fraction_);
    }

   private:
    I32 left_, right_;
    F32 fraction_;
  };

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
