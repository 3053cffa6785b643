#include "common/recon/cpu/process_kernels.h"

#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "common/recon/cpu/process_kernels.cpp"
#include <hwy/foreach_target.h>
// after foreach_target
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace slicecast::recon::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Tag = hn::ScalableTag<float>;
using Vector = hn::Vec<Tag>;

// The compiler vectorises a plain conversion loop for the target of this namespace.
template <class T>
void WidenAs(const void* unaligned, std::size_t count, float* HWY_RESTRICT out) {
  const T* HWY_RESTRICT pixel = static_cast<const T*>(unaligned);
  for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<float>(pixel[i]);
}

void WidenHalf(const void* unaligned, std::size_t count, float* HWY_RESTRICT out) {
  const auto* bits = static_cast<const std::uint16_t*>(unaligned);
  std::size_t i = 0;
#if HWY_TARGET != HWY_EMU128 && HWY_TARGET != HWY_SCALAR
  const Tag d;
  const hn::Rebind<hwy::float16_t, Tag> dh;
  const std::size_t lanes = hn::Lanes(d);
  const auto* halves = reinterpret_cast<const hwy::float16_t*>(bits);
  for (; i + lanes <= count; i += lanes)
    hn::StoreU(hn::PromoteTo(d, hn::LoadU(dh, halves + i)), d, out + i);
#endif
  for (; i < count; ++i) out[i] = float_from_half(bits[i]);
}

void WidenRow(const void* unaligned, PixelType type, std::size_t count, float* out) {
  switch (type) {
    case PixelType::u8: return WidenAs<std::uint8_t>(unaligned, count, out);
    case PixelType::u16: return WidenAs<std::uint16_t>(unaligned, count, out);
    case PixelType::u32: return WidenAs<std::uint32_t>(unaligned, count, out);
    case PixelType::u64: return WidenAs<std::uint64_t>(unaligned, count, out);
    case PixelType::i8: return WidenAs<std::int8_t>(unaligned, count, out);
    case PixelType::i16: return WidenAs<std::int16_t>(unaligned, count, out);
    case PixelType::i32: return WidenAs<std::int32_t>(unaligned, count, out);
    case PixelType::i64: return WidenAs<std::int64_t>(unaligned, count, out);
    case PixelType::f16: return WidenHalf(unaligned, count, out);
    case PixelType::f32: return WidenAs<float>(unaligned, count, out);
    case PixelType::f64: return WidenAs<double>(unaligned, count, out);
  }
}

void NormaliseRow(float* HWY_RESTRICT row, std::size_t count, const float* HWY_RESTRICT dark,
                  const float* HWY_RESTRICT reciprocal, float scale) {
  for (std::size_t i = 0; i < count; ++i) row[i] = (row[i] - dark[i]) * reciprocal[i] * scale;
}

// Applies `step(vector) -> mask of accepted lanes`, and counts the others among the first `count`.
template <class Step>
std::uint64_t CountRefused(float* row, std::size_t count, const Step& step) {
  const Tag d;
  const std::size_t lanes = hn::Lanes(d);
  std::uint64_t refused = 0;
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) refused += lanes - hn::CountTrue(d, step(d, row + i));
  if (i < count) {
    const auto wanted = hn::FirstN(d, count - i);
    refused += hn::CountTrue(d, hn::AndNot(step(d, row + i), wanted));
  }
  return refused;
}

std::uint64_t ReplaceNonFinite(float* row, std::size_t count, float substitute) {
  return CountRefused(row, count, [&](Tag d, float* at) HWY_ATTR {
    const Vector value = hn::LoadU(d, at);
    const auto finite = hn::IsFinite(value);
    hn::StoreU(hn::IfThenElse(finite, value, hn::Set(d, substitute)), d, at);
    return finite;
  });
}

std::uint64_t LogRow(float* row, std::size_t count, float least) {
  return CountRefused(row, count, [&](Tag d, float* at) HWY_ATTR {
    const Vector value = hn::Load(d, at);
    const Vector low = hn::Set(d, least);
    const Vector high = hn::Set(d, std::numeric_limits<float>::max());
    const auto valid = hn::And(hn::Ge(value, low), hn::Le(value, high));  // false for NaN
    hn::Store(hn::Neg(hn::Log(d, hn::IfThenElse(valid, value, low))), d, at);
    return valid;
  });
}

HWY_INLINE void Order(Vector& a, Vector& b) {
  const Vector low = hn::Min(a, b);
  b = hn::Max(a, b);
  a = low;
}

// Median of nine by 19 exchanges: columns sorted, then the largest of the lows, the median of the
// middles and the smallest of the highs hold the median among them.
HWY_INLINE Vector MedianOfNine(Vector v[9]) {
  for (int i = 0; i < 9; i += 3) {
    Order(v[i], v[i + 1]);
    Order(v[i + 1], v[i + 2]);
    Order(v[i], v[i + 1]);
  }
  const Vector low = hn::Max(hn::Max(v[0], v[3]), v[6]);
  const Vector high = hn::Min(hn::Min(v[2], v[5]), v[8]);
  Order(v[1], v[4]);
  Order(v[4], v[7]);
  Order(v[1], v[4]);
  Vector a = low, b = v[4], c = high;
  Order(a, b);
  Order(b, c);
  Order(a, b);
  return b;
}

std::uint64_t ZingerRow(const float* above, const float* here, const float* below,
                        std::size_t count, float factor, float* out) {
  const Tag d;
  const std::size_t lanes = hn::Lanes(d);
  std::uint64_t found = 0;
  for (std::size_t i = 0; i < count; i += lanes) {
    Vector around[9];
    for (int k = 0; k < 3; ++k) {
      around[k] = hn::LoadU(d, above + i + k);
      around[k + 3] = hn::LoadU(d, here + i + k);
      around[k + 6] = hn::LoadU(d, below + i + k);
    }
    const Vector value = around[4];
    const Vector median = MedianOfNine(around);
    auto zinger = hn::Gt(value, hn::Mul(median, hn::Set(d, factor)));
    if (i + lanes > count) zinger = hn::And(zinger, hn::FirstN(d, count - i));
    hn::StoreU(hn::IfThenElse(zinger, median, value), d, out + i);
    found += hn::CountTrue(d, zinger);
  }
  return found;
}

void SubtractRow(float* HWY_RESTRICT row, std::size_t count, const float* HWY_RESTRICT other) {
  for (std::size_t i = 0; i < count; ++i) row[i] -= other[i];
}

// 1/sqrt from the processor's estimate and one Newton step: full float precision at a tenth of
// the price of square root and division.
HWY_INLINE Vector ReciprocalRoot(Tag d, Vector x) {
  const Vector y = hn::ApproximateReciprocalSqrt(x);
  const Vector half = hn::Mul(hn::Set(d, 0.5f), x);
  return hn::Mul(y, hn::NegMulAdd(hn::Mul(half, y), y, hn::Set(d, 1.5f)));
}

void PackWeighted(const float* a, const float* b, std::size_t count, const RowWeights& weights,
                  float slope_v2_a, float slope_v2_b, float* out) {
  const Tag d;
  const std::size_t lanes = hn::Lanes(d);
  const Vector base_a = hn::Set(d, 1 + slope_v2_a), base_b = hn::Set(d, 1 + slope_v2_b);
  const auto weighted = [&](std::size_t i, Vector& first, Vector& second) HWY_ATTR {
    Vector weight_a = hn::Load(d, weights.redundancy + i), weight_b = weight_a;
    if (weights.slope_u2 != nullptr) {
      const Vector u2 = hn::Load(d, weights.slope_u2 + i);
      weight_a = hn::Mul(weight_a, ReciprocalRoot(d, hn::Add(base_a, u2)));
      weight_b = hn::Mul(weight_b, ReciprocalRoot(d, hn::Add(base_b, u2)));
    }
    first = hn::Mul(hn::Load(d, a + i), weight_a);
    second = b == nullptr ? hn::Zero(d) : hn::Mul(hn::Load(d, b + i), weight_b);
  };
  Vector first, second;
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    weighted(i, first, second);
    hn::StoreInterleaved2(first, second, d, out + 2 * i);
  }
  if (i < count) {
    HWY_ALIGN float rest[2 * HWY_MAX_BYTES / sizeof(float)];
    weighted(i, first, second);
    hn::StoreInterleaved2(first, second, d, rest);
    for (std::size_t k = 0; k < 2 * (count - i); ++k) out[2 * i + k] = rest[k];
  }
}

void Unpack(const float* complex_row, std::size_t count, float* a, float* b) {
  const Tag d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    Vector first, second;
    hn::LoadInterleaved2(d, complex_row + 2 * i, first, second);
    hn::StoreU(first, d, a + i);
    if (b != nullptr) hn::StoreU(second, d, b + i);
  }
  for (; i < count; ++i) {
    a[i] = complex_row[2 * i];
    if (b != nullptr) b[i] = complex_row[2 * i + 1];
  }
}

void Multiply(float* HWY_RESTRICT values, const float* HWY_RESTRICT factors, std::size_t count) {
  const hn::CappedTag<float, 4> quad;
  const Tag d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes)
    hn::Store(hn::Mul(hn::Load(d, values + i), hn::Load(d, factors + i)), d, values + i);
  for (; i + hn::Lanes(quad) <= count; i += hn::Lanes(quad))
    hn::Store(hn::Mul(hn::Load(quad, values + i), hn::Load(quad, factors + i)), quad, values + i);
}

}  // namespace slicecast::recon::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace slicecast::recon::kernels {

HWY_EXPORT(WidenRow);
HWY_EXPORT(NormaliseRow);
HWY_EXPORT(ReplaceNonFinite);
HWY_EXPORT(LogRow);
HWY_EXPORT(ZingerRow);
HWY_EXPORT(SubtractRow);
HWY_EXPORT(PackWeighted);
HWY_EXPORT(Unpack);
HWY_EXPORT(Multiply);

void widen_row(const void* unaligned, PixelType type, std::size_t count, float* out) {
  HWY_DYNAMIC_DISPATCH(WidenRow)(unaligned, type, count, out);
}
void normalise_row(float* row, std::size_t count, const float* unaligned_dark,
                   const float* unaligned_reciprocal, float scale) {
  HWY_DYNAMIC_DISPATCH(NormaliseRow)(row, count, unaligned_dark, unaligned_reciprocal, scale);
}
std::uint64_t replace_non_finite(float* row, std::size_t count, float substitute) {
  return HWY_DYNAMIC_DISPATCH(ReplaceNonFinite)(row, count, substitute);
}
std::uint64_t log_row(float* row, std::size_t count, float least) {
  return HWY_DYNAMIC_DISPATCH(LogRow)(row, count, least);
}
std::uint64_t zinger_row(const float* above, const float* here, const float* below,
                         std::size_t count, float factor, float* out) {
  return HWY_DYNAMIC_DISPATCH(ZingerRow)(above, here, below, count, factor, out);
}
void subtract_row(float* row, std::size_t count, const float* unaligned) {
  HWY_DYNAMIC_DISPATCH(SubtractRow)(row, count, unaligned);
}
void pack_weighted(const float* a, const float* b, std::size_t count, const RowWeights& weights,
                   float slope_v2_a, float slope_v2_b, float* out) {
  HWY_DYNAMIC_DISPATCH(PackWeighted)(a, b, count, weights, slope_v2_a, slope_v2_b, out);
}
void unpack(const float* complex_row, std::size_t count, float* unaligned_a, float* unaligned_b) {
  HWY_DYNAMIC_DISPATCH(Unpack)(complex_row, count, unaligned_a, unaligned_b);
}
void multiply(float* values, const float* factors, std::size_t count) {
  HWY_DYNAMIC_DISPATCH(Multiply)(values, factors, count);
}

}  // namespace slicecast::recon::kernels
#endif
