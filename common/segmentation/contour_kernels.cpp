#include "common/segmentation/contour_kernels.h"

#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "common/segmentation/contour_kernels.cpp"
#include <hwy/foreach_target.h>
// after foreach_target
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace slicecast::segmentation::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
// Bits of a mask are loaded and stored in whole bytes; with fewer than 8 lanes there is no vector.
#if HWY_MAX_BYTES >= 32
#define SLICECAST_CONTOUR_VECTORS 1
#else
#define SLICECAST_CONTOUR_VECTORS 0
#endif

#if SLICECAST_CONTOUR_VECTORS
using Tag = hn::ScalableTag<float>;
using Vector = hn::Vec<Tag>;

HWY_INLINE auto MaskOf(Tag d, std::uint64_t bits, std::size_t first) {
  bits >>= first;  // x86 stores the lowest byte first
  return hn::LoadMaskBits(d, reinterpret_cast<const std::uint8_t*>(&bits));
}

template <class Mask>
HWY_INLINE std::uint64_t BitsOf(Tag d, Mask mask, std::size_t first) {
  std::uint8_t bytes[8] = {};
  hn::StoreMaskBits(d, mask, bytes);
  std::uint64_t bits = 0;
  __builtin_memcpy(&bits, bytes, sizeof(bits));
  return bits << first;
}
#endif

double SumOfSet(const float* values, const std::uint64_t* bits, int words) {
#if SLICECAST_CONTOUR_VECTORS
  const Tag d;
  const std::size_t lanes = hn::Lanes(d);
  Vector sum = hn::Zero(d);
  for (int k = 0; k < words; ++k)
    for (std::size_t i = 0; i < 64; i += lanes)
      sum = hn::Add(sum,
                    hn::IfThenElseZero(MaskOf(d, bits[k], i), hn::LoadU(d, values + 64 * k + i)));
  return static_cast<double>(hn::GetLane(hn::SumOfLanes(d, sum)));
#else
  double sum = 0;
  for (int k = 0; k < words; ++k)
    for (std::size_t i = 0; i < 64; ++i)
      if ((bits[k] >> i & 1) != 0) sum += values[64 * k + static_cast<int>(i)];
  return sum;
#endif
}

Pull RegionPull(const float* values, const RegionForce& force) {
  Pull pull;
#if SLICECAST_CONTOUR_VECTORS
  const Tag d;
  const std::size_t lanes = hn::Lanes(d);
  const Vector inside = hn::Set(d, force.inside_mean), outside = hn::Set(d, force.outside_mean);
  const Vector weight_in = hn::Set(d, force.inside_weight);
  const Vector weight_out = hn::Set(d, force.outside_weight);
  for (std::size_t i = 0; i < 64; i += lanes) {
    const Vector value = hn::LoadU(d, values + i);
    const Vector from_inside = hn::Sub(value, inside), from_outside = hn::Sub(value, outside);
    const Vector a = hn::Mul(weight_in, hn::Mul(from_inside, from_inside));
    const Vector b = hn::Mul(weight_out, hn::Mul(from_outside, from_outside));
    pull.in |= BitsOf(d, hn::Lt(a, b), i);
    pull.out |= BitsOf(d, hn::Gt(a, b), i);
  }
#else
  for (std::size_t i = 0; i < 64; ++i) {
    const float from_inside = values[i] - force.inside_mean;
    const float from_outside = values[i] - force.outside_mean;
    const float a = force.inside_weight * (from_inside * from_inside);
    const float b = force.outside_weight * (from_outside * from_outside);
    pull.in |= static_cast<std::uint64_t>(a < b) << i;
    pull.out |= static_cast<std::uint64_t>(a > b) << i;
  }
#endif
  return pull;
}

Pull EdgePull(const float* gx, const float* gy, const Neighbours& n) {
  Pull pull;
#if SLICECAST_CONTOUR_VECTORS
  const Tag d;
  const std::size_t lanes = hn::Lanes(d);
  const Vector zero = hn::Zero(d);
  for (std::size_t i = 0; i < 64; i += lanes) {
    const Vector x = hn::LoadU(d, gx + i), y = hn::LoadU(d, gy + i);
    const Vector along = hn::Sub(hn::IfThenElseZero(MaskOf(d, n.right, i), x),
                                 hn::IfThenElseZero(MaskOf(d, n.left, i), x));
    const Vector down = hn::Sub(hn::IfThenElseZero(MaskOf(d, n.below, i), y),
                                hn::IfThenElseZero(MaskOf(d, n.above, i), y));
    const Vector force = hn::Add(along, down);
    pull.in |= BitsOf(d, hn::Gt(force, zero), i);
    pull.out |= BitsOf(d, hn::Lt(force, zero), i);
  }
#else
  const auto step = [](std::uint64_t ahead, std::uint64_t behind, std::size_t i) {
    return static_cast<float>(static_cast<int>(ahead >> i & 1) - static_cast<int>(behind >> i & 1));
  };
  for (std::size_t i = 0; i < 64; ++i) {
    const float force = gx[i] * step(n.right, n.left, i) + gy[i] * step(n.below, n.above, i);
    pull.in |= static_cast<std::uint64_t>(force > 0) << i;
    pull.out |= static_cast<std::uint64_t>(force < 0) << i;
  }
#endif
  return pull;
}

#undef SLICECAST_CONTOUR_VECTORS

}  // namespace slicecast::segmentation::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace slicecast::segmentation::kernels {

HWY_EXPORT(SumOfSet);
HWY_EXPORT(RegionPull);
HWY_EXPORT(EdgePull);

double sum_of_set(const float* values, const std::uint64_t* bits, int words) {
  return HWY_DYNAMIC_DISPATCH(SumOfSet)(values, bits, words);
}
Pull region_pull(const float* values, const RegionForce& force) {
  return HWY_DYNAMIC_DISPATCH(RegionPull)(values, force);
}
Pull edge_pull(const float* gx, const float* gy, const Neighbours& neighbours) {
  return HWY_DYNAMIC_DISPATCH(EdgePull)(gx, gy, neighbours);
}

}  // namespace slicecast::segmentation::kernels
#endif
