#include "common/recon/convert.h"

#include <limits>

#include "common/base/pixel_type.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "common/recon/convert.cpp"
#include <hwy/foreach_target.h>
// after foreach_target
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace slicecast::recon::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

constexpr float kLargestHalf = 65504.0f;

#if HWY_TARGET == HWY_SCALAR

// Highway's own emulation truncates; the scalar conversions of common/base round.
void Widen(const std::uint16_t* halves, std::size_t count, float scale, float* singles) {
  for (std::size_t i = 0; i < count; ++i) {
    const bool finite = (halves[i] & 0x7c00u) != 0x7c00u;
    singles[i] = finite ? float_from_half(halves[i]) * scale : 0.0f;
  }
}

std::size_t Narrow(const float* singles, std::size_t count, float factor, std::uint16_t* halves) {
  std::size_t changed = 0;
  for (std::size_t i = 0; i < count; ++i) {
    float x = singles[i] * factor;
    const float size = x < 0 ? -x : x;
    if (!(size <= kLargestHalf)) {
      ++changed;
      const bool finite = size < std::numeric_limits<float>::infinity();
      x = !finite ? 0.0f : x < 0 ? -kLargestHalf : kLargestHalf;
    }
    halves[i] = half_from_float(x);
  }
  return changed;
}

#else

void Widen(const std::uint16_t* halves, std::size_t count, float scale, float* singles) {
  const hn::ScalableTag<float> df;
  const hn::Rebind<hwy::float16_t, decltype(df)> dh;
  const hn::Rebind<std::uint16_t, decltype(df)> du;
  const std::size_t lanes = hn::Lanes(df);
  const auto by = hn::Set(df, scale);
  const auto largest = hn::Set(df, kLargestHalf);
  auto widened = [&](const std::uint16_t* from) HWY_ATTR {
    const auto single = hn::PromoteTo(df, hn::BitCast(dh, hn::LoadU(du, from)));
    return hn::IfThenElseZero(hn::Le(hn::Abs(single), largest), hn::Mul(single, by));
  };
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) hn::StoreU(widened(halves + i), df, singles + i);
  if (i == count) return;
  HWY_ALIGN std::uint16_t rest[hn::MaxLanes(df)] = {};
  HWY_ALIGN float out[hn::MaxLanes(df)];
  for (std::size_t k = i; k < count; ++k) rest[k - i] = halves[k];
  hn::Store(widened(rest), df, out);
  for (std::size_t k = i; k < count; ++k) singles[k] = out[k - i];
}

std::size_t Narrow(const float* singles, std::size_t count, float factor, std::uint16_t* halves) {
  const hn::ScalableTag<float> df;
  const hn::Rebind<hwy::float16_t, decltype(df)> dh;
  const hn::Rebind<std::uint16_t, decltype(df)> du;
  const std::size_t lanes = hn::Lanes(df);
  const auto by = hn::Set(df, factor);
  const auto largest = hn::Set(df, kLargestHalf);
  const auto infinity = hn::Set(df, std::numeric_limits<float>::infinity());
  std::size_t unchanged = 0;
  auto narrow = [&](const float* from, std::uint16_t* to) HWY_ATTR {
    const auto x = hn::Mul(hn::LoadU(df, from), by);
    const auto size = hn::Abs(x);
    unchanged += hn::CountTrue(df, hn::Le(size, largest));
    const auto limited =
        hn::IfThenElseZero(hn::Lt(size, infinity), hn::CopySign(hn::Min(size, largest), x));
    hn::StoreU(hn::BitCast(du, hn::DemoteTo(dh, limited)), du, to);
  };
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) narrow(singles + i, halves + i);
  if (i < count) {
    HWY_ALIGN float rest[hn::MaxLanes(df)] = {};
    HWY_ALIGN std::uint16_t out[hn::MaxLanes(df)];
    for (std::size_t k = i; k < count; ++k) rest[k - i] = singles[k];
    narrow(rest, out);
    unchanged -= lanes - (count - i);  // the zeros behind the end
    for (std::size_t k = i; k < count; ++k) halves[k] = out[k - i];
  }
  return count - unchanged;
}

#endif

}  // namespace slicecast::recon::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace slicecast::recon {

HWY_EXPORT(Widen);
HWY_EXPORT(Narrow);

void floats_from_halves(std::span<const std::uint16_t> halves, float scale,
                        std::span<float> singles) {
  HWY_DYNAMIC_DISPATCH(Widen)(halves.data(), halves.size(), scale, singles.data());
}

std::uint64_t halves_from_floats(std::span<const float> singles, float factor,
                                 std::span<std::uint16_t> halves) {
  return HWY_DYNAMIC_DISPATCH(Narrow)(singles.data(), singles.size(), factor, halves.data());
}

}  // namespace slicecast::recon
#endif
