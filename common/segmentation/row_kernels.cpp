#include "common/segmentation/row_kernels.h"

#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "common/segmentation/row_kernels.cpp"
#include <hwy/foreach_target.h>
// after foreach_target
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace slicecast::segmentation::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Tag = hn::ScalableTag<float>;
using Vector = hn::Vec<Tag>;

// Calls step(vector) for the whole row; lanes beyond its end hold NaN.
template <class Step>
HWY_INLINE void EachVector(const float* row, std::size_t count, const Step& step) {
  const Tag d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) step(i, hn::LoadU(d, row + i));
  if (i == count) return;
  const auto present = hn::FirstN(d, count - i);
  const Vector none = hn::Set(d, std::numeric_limits<float>::quiet_NaN());
  step(i, hn::IfThenElse(present, hn::MaskedLoad(present, d, row + i), none));
}

RowSummary SummariseRow(const float* row, std::size_t count) {
  const Tag d;
  const Vector infinity = hn::Set(d, std::numeric_limits<float>::infinity());
  Vector low = infinity, high = hn::Neg(infinity);
  std::size_t finite_count = 0;
  EachVector(row, count, [&](std::size_t, Vector value) HWY_ATTR {
    const auto finite = hn::IsFinite(value);
    finite_count += hn::CountTrue(d, finite);
    low = hn::Min(low, hn::IfThenElse(finite, value, infinity));
    high = hn::Max(high, hn::IfThenElse(finite, value, hn::Neg(infinity)));
  });
  return {finite_count, hn::GetLane(hn::MinOfLanes(d, low)), hn::GetLane(hn::MaxOfLanes(d, high))};
}

void CleanRow(const float* row, const std::uint8_t* mask, std::size_t count, float* out) {
  constexpr float kNone = std::numeric_limits<float>::quiet_NaN();
  constexpr float kLargest = std::numeric_limits<float>::max();
  if (mask == nullptr) {
    for (std::size_t i = 0; i < count; ++i)
      out[i] = row[i] >= -kLargest && row[i] <= kLargest ? row[i] : kNone;
  } else {
    for (std::size_t i = 0; i < count; ++i)
      out[i] = mask[i] != 0 && row[i] >= -kLargest && row[i] <= kLargest ? row[i] : kNone;
  }
}

void BinRow(const float* HWY_RESTRICT row, std::size_t count, float half_minimum,
            float double_scale, int bins, std::uint32_t* HWY_RESTRICT bin) {
  const float last = static_cast<float>(bins - 1), none = static_cast<float>(bins);
  for (std::size_t i = 0; i < count; ++i) {
    const float value = row[i];
    float position = (value * 0.5f - half_minimum) * double_scale;
    position = position < last ? position : last;
    position = position > 0 ? position : 0;
    bin[i] =
        static_cast<std::uint32_t>(static_cast<std::int32_t>(value == value ? position : none));
  }
}

Above SumAbove(const float* row, std::size_t count, float threshold, float offset) {
  const Tag d;
  const Vector limit = hn::Set(d, threshold), shift = hn::Set(d, offset);
  Vector sum = hn::Zero(d);
  std::size_t above = 0;
  EachVector(row, count, [&](std::size_t, Vector value) HWY_ATTR {
    const auto counted = hn::Gt(value, limit);
    above += hn::CountTrue(d, counted);
    sum = hn::Add(sum, hn::IfThenElseZero(counted, hn::Sub(value, shift)));
  });
  return {static_cast<double>(hn::GetLane(hn::SumOfLanes(d, sum))), above};
}

void LabelRow(const float* HWY_RESTRICT row, std::size_t count, const float* thresholds,
              std::size_t threshold_count, std::uint8_t* HWY_RESTRICT labels) {
  for (std::size_t i = 0; i < count; ++i) labels[i] = row[i] == row[i] ? 1 : 0;
  for (std::size_t k = 0; k < threshold_count; ++k) {
    const float threshold = thresholds[k];
    for (std::size_t i = 0; i < count; ++i)
      labels[i] = static_cast<std::uint8_t>(labels[i] + (row[i] > threshold ? 1 : 0));
  }
}

void WeightedSum(const float* const* rows, const float* weights, std::size_t row_count,
                 std::size_t count, float* out) {
  const Tag d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  // Four chains of additions at once: one alone would wait for itself.
  for (; i + 4 * lanes <= count; i += 4 * lanes) {
    Vector s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;
    for (std::size_t k = 0; k < row_count; ++k) {
      const Vector weight = hn::Set(d, weights[k]);
      const float* row = rows[k] + i;
      s0 = hn::MulAdd(weight, hn::LoadU(d, row), s0);
      s1 = hn::MulAdd(weight, hn::LoadU(d, row + lanes), s1);
      s2 = hn::MulAdd(weight, hn::LoadU(d, row + 2 * lanes), s2);
      s3 = hn::MulAdd(weight, hn::LoadU(d, row + 3 * lanes), s3);
    }
    hn::StoreU(s0, d, out + i);
    hn::StoreU(s1, d, out + i + lanes);
    hn::StoreU(s2, d, out + i + 2 * lanes);
    hn::StoreU(s3, d, out + i + 3 * lanes);
  }
  for (; i < count; ++i) {
    float sum = 0;
    for (std::size_t k = 0; k < row_count; ++k) sum += weights[k] * rows[k][i];
    out[i] = sum;
  }
}

}  // namespace slicecast::segmentation::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace slicecast::segmentation::kernels {

HWY_EXPORT(SummariseRow);
HWY_EXPORT(CleanRow);
HWY_EXPORT(BinRow);
HWY_EXPORT(SumAbove);
HWY_EXPORT(LabelRow);
HWY_EXPORT(WeightedSum);

RowSummary summarise_row(std::span<const float> row) {
  return HWY_DYNAMIC_DISPATCH(SummariseRow)(row.data(), row.size());
}
void clean_row(std::span<const float> row, const std::uint8_t* mask, float* out) {
  HWY_DYNAMIC_DISPATCH(CleanRow)(row.data(), mask, row.size(), out);
}
void bin_row(std::span<const float> row, float half_minimum, float double_scale, int bins,
             std::uint32_t* bin) {
  HWY_DYNAMIC_DISPATCH(BinRow)(row.data(), row.size(), half_minimum, double_scale, bins, bin);
}
Above sum_above(std::span<const float> row, float threshold, float offset) {
  return HWY_DYNAMIC_DISPATCH(SumAbove)(row.data(), row.size(), threshold, offset);
}
void label_row(std::span<const float> row, std::span<const float> thresholds,
               std::uint8_t* labels) {
  HWY_DYNAMIC_DISPATCH(LabelRow)
  (row.data(), row.size(), thresholds.data(), thresholds.size(), labels);
}
void weighted_sum(const float* const* rows, std::span<const float> weights, std::size_t count,
                  float* out) {
  HWY_DYNAMIC_DISPATCH(WeightedSum)(rows, weights.data(), weights.size(), count, out);
}

}  // namespace slicecast::segmentation::kernels
#endif
