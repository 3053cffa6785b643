#include "common/nn/msd/output_kernels.h"

#include <algorithm>

#include "common/nn/msd/kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "common/nn/msd/output_kernels.cpp"
#include <hwy/foreach_target.h>
// after foreach_target
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace slicecast::nn::msd::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Tag = hn::CappedTag<float, kColumnUnit>;
using Vector = hn::Vec<Tag>;

HWY_INLINE Vector Scaled(Tag d, const float* sum, Affine affine) {
  return hn::MulAdd(hn::Load(d, sum), hn::Set(d, affine.scale), hn::Set(d, affine.shift));
}

void FinishRow(float* sums, std::ptrdiff_t stride, std::span<const Affine> affines, Output output,
               int columns) {
  const Tag d;
  const auto lanes = static_cast<std::ptrdiff_t>(hn::Lanes(d));
  const auto channels = static_cast<std::ptrdiff_t>(affines.size());
  for (std::ptrdiff_t i = 0; i < columns; i += lanes) {
    Vector most = hn::Set(d, -3e38f);
    for (std::ptrdiff_t c = 0; c < channels; ++c) {
      const Vector value = Scaled(d, sums + c * stride + i, affines[static_cast<std::size_t>(c)]);
      most = hn::Max(most, value);
      hn::Store(value, d, sums + c * stride + i);
    }
    if (output == Output::linear) continue;
    Vector total = hn::Zero(d);
    for (std::ptrdiff_t c = 0; c < channels; ++c) {
      float* at = sums + c * stride + i;
      const Vector shifted = hn::Sub(hn::Load(d, at), most);
      const Vector share = hn::Exp(d, shifted);
      total = hn::Add(total, share);
      hn::Store(output == Output::softmax ? share : shifted, d, at);
    }
    const Vector logarithm = hn::Log(d, total);
    for (std::ptrdiff_t c = 0; c < channels; ++c) {
      float* at = sums + c * stride + i;
      const Vector value = hn::Load(d, at);
      hn::Store(output == Output::softmax ? hn::Div(value, total) : hn::Sub(value, logarithm), d,
                at);
    }
  }
}

void LabelRow(const float* sums, std::ptrdiff_t stride, std::span<const Affine> affines,
              int columns, std::uint8_t* labels) {
  const Tag d;
  const hn::Rebind<std::int32_t, Tag> d_int;
  const hn::Rebind<std::uint8_t, Tag> d_byte;
  const auto lanes = static_cast<std::ptrdiff_t>(hn::Lanes(d));
  HWY_ALIGN std::uint8_t bytes[kColumnUnit];
  for (std::ptrdiff_t i = 0; i < columns; i += lanes) {
    Vector most = Scaled(d, sums + i, affines[0]), label = hn::Zero(d);
    for (std::size_t c = 1; c < affines.size(); ++c) {
      const Vector value =
          Scaled(d, sums + static_cast<std::ptrdiff_t>(c) * stride + i, affines[c]);
      const auto larger = hn::Gt(value, most);
      label = hn::IfThenElse(larger, hn::Set(d, static_cast<float>(c)), label);
      most = hn::IfThenElse(larger, value, most);
    }
    hn::Store(hn::DemoteTo(d_byte, hn::ConvertTo(d_int, label)), d_byte, bytes);
    std::copy_n(bytes, std::min(lanes, columns - i), labels + i);
  }
}

}  // namespace slicecast::nn::msd::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace slicecast::nn::msd::kernels {

HWY_EXPORT(FinishRow);
HWY_EXPORT(LabelRow);

void finish_row(float* sums, std::ptrdiff_t channel_stride, std::span<const Affine> affines,
                Output output, int columns) {
  HWY_DYNAMIC_DISPATCH(FinishRow)(sums, channel_stride, affines, output, columns);
}
void label_row(const float* sums, std::ptrdiff_t channel_stride, std::span<const Affine> affines,
               int columns, std::uint8_t* labels) {
  HWY_DYNAMIC_DISPATCH(LabelRow)(sums, channel_stride, affines, columns, labels);
}

}  // namespace slicecast::nn::msd::kernels
#endif
