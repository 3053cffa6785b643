#include "common/segmentation/stencil_kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "common/segmentation/stencil_kernels.cpp"
#include <hwy/foreach_target.h>
// after foreach_target
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace slicecast::segmentation::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
// Rows are padded to 8 doubles, which all targets divide.
using Tag = hn::CappedTag<double, 8>;
using Vector = hn::Vec<Tag>;

HWY_INLINE double Total(Tag d, Vector lanes) {
  return hn::GetLane(hn::SumOfLanes(d, lanes));
}

HWY_INLINE Vector Applied(Tag d, const Stencil& s, const double* x, std::ptrdiff_t i) {
  const auto product = [&](const double* a, const double* b)
                           HWY_ATTR { return hn::Mul(hn::LoadU(d, a), hn::LoadU(d, b)); };
  Vector sum = product(s.diagonal + i, x + i);
  sum = hn::NegMulAdd(hn::LoadU(d, s.east + i), hn::LoadU(d, x + i + 1), sum);
  sum = hn::NegMulAdd(hn::LoadU(d, s.east + i - 1), hn::LoadU(d, x + i - 1), sum);
  sum = hn::NegMulAdd(hn::LoadU(d, s.south + i), hn::LoadU(d, x + i + s.stride), sum);
  return hn::NegMulAdd(hn::LoadU(d, s.south + i - s.stride), hn::LoadU(d, x + i - s.stride), sum);
}

double StencilApply(const Stencil& s, const double* x, double* y, std::size_t count) {
  const Tag d;
  Vector dot = hn::Zero(d);
  for (std::size_t i = 0; i < count; i += hn::Lanes(d)) {
    const Vector applied = Applied(d, s, x, static_cast<std::ptrdiff_t>(i));
    hn::StoreU(applied, d, y + i);
    dot = hn::MulAdd(hn::LoadU(d, x + i), applied, dot);
  }
  return Total(d, dot);
}

void StencilResidual(const Stencil& s, const double* right, const double* x, double* residual,
                     std::size_t count) {
  const Tag d;
  for (std::size_t i = 0; i < count; i += hn::Lanes(d))
    hn::StoreU(hn::Sub(hn::LoadU(d, right + i), Applied(d, s, x, static_cast<std::ptrdiff_t>(i))),
               d, residual + i);
}

double StencilRelax(const Stencil& s, double weight, const double* right, const double* x,
                    double* next, std::size_t count) {
  const Tag d;
  const Vector factor = hn::Set(d, weight);
  Vector dot = hn::Zero(d);
  for (std::size_t i = 0; i < count; i += hn::Lanes(d)) {
    const Vector wanted = hn::LoadU(d, right + i);
    const Vector rest = hn::Sub(wanted, Applied(d, s, x, static_cast<std::ptrdiff_t>(i)));
    const Vector step = hn::Mul(factor, hn::LoadU(d, s.inverse_diagonal + i));
    const Vector better = hn::MulAdd(step, rest, hn::LoadU(d, x + i));
    hn::StoreU(better, d, next + i);
    dot = hn::MulAdd(wanted, better, dot);
  }
  return Total(d, dot);
}

void StencilFirstRelax(const Stencil& s, double weight, const double* right, double* x,
                       std::size_t count) {
  const Tag d;
  const Vector factor = hn::Set(d, weight);
  for (std::size_t i = 0; i < count; i += hn::Lanes(d))
    hn::StoreU(
        hn::Mul(hn::Mul(factor, hn::LoadU(d, s.inverse_diagonal + i)), hn::LoadU(d, right + i)), d,
        x + i);
}

Remainder Advance(double step, const double* p, const double* q, const double* inverse_diagonal,
                  double* x, double* r, std::size_t count) {
  const Tag d;
  const Vector factor = hn::Set(d, step);
  Vector squares = hn::Zero(d), relative = squares;
  for (std::size_t i = 0; i < count; i += hn::Lanes(d)) {
    hn::StoreU(hn::MulAdd(factor, hn::LoadU(d, p + i), hn::LoadU(d, x + i)), d, x + i);
    const Vector rest = hn::NegMulAdd(factor, hn::LoadU(d, q + i), hn::LoadU(d, r + i));
    hn::StoreU(rest, d, r + i);
    const Vector share = hn::Mul(rest, hn::LoadU(d, inverse_diagonal + i));
    squares = hn::MulAdd(rest, rest, squares);
    relative = hn::MulAdd(share, share, relative);
  }
  return {Total(d, squares), Total(d, relative)};
}

void Redirect(const double* z, double factor, double* p, std::size_t count) {
  const Tag d;
  const Vector share = hn::Set(d, factor);
  for (std::size_t i = 0; i < count; i += hn::Lanes(d))
    hn::StoreU(hn::MulAdd(share, hn::LoadU(d, p + i), hn::LoadU(d, z + i)), d, p + i);
}

using FloatTag = hn::ScalableTag<float>;
using Floats = hn::Vec<FloatTag>;

void EdgeWeights(const float* a, const float* b, float scale, float floor, double* weights,
                 std::size_t count) {
  const FloatTag d;
  const Floats factor = hn::Set(d, -scale), least = hn::Set(d, floor);
  const auto weight_of = [&](Floats first, Floats second) HWY_ATTR {
    const Floats difference = hn::Sub(first, second);
    const Floats weight =
        hn::Add(hn::Exp(d, hn::Mul(factor, hn::Mul(difference, difference))), least);
    return hn::IfThenElseZero(hn::Eq(difference, difference), weight);
  };
  HWY_ALIGN float lanes[HWY_MAX_BYTES / sizeof(float)];
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= count; i += hn::Lanes(d)) {
    hn::Store(weight_of(hn::LoadU(d, a + i), hn::LoadU(d, b + i)), d, lanes);
    for (std::size_t k = 0; k < hn::Lanes(d); ++k) weights[i + k] = static_cast<double>(lanes[k]);
  }
  for (; i < count; ++i)
    weights[i] = static_cast<double>(hn::GetLane(weight_of(hn::Set(d, a[i]), hn::Set(d, b[i]))));
}

double SquareSum(const float* row, std::size_t count, float offset) {
  const FloatTag d;
  const Floats shift = hn::Set(d, offset);
  Floats sum = hn::Zero(d);
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= count; i += hn::Lanes(d)) {
    const Floats value = hn::Sub(hn::LoadU(d, row + i), shift);
    sum = hn::Add(sum, hn::IfThenElseZero(hn::Eq(value, value), hn::Mul(value, value)));
  }
  double total = static_cast<double>(hn::GetLane(hn::SumOfLanes(d, sum)));
  for (; i < count; ++i) {
    const float value = row[i] - offset;
    if (value == value) total += static_cast<double>(value) * value;
  }
  return total;
}

}  // namespace slicecast::segmentation::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace slicecast::segmentation::kernels {

HWY_EXPORT(StencilApply);
HWY_EXPORT(StencilResidual);
HWY_EXPORT(StencilRelax);
HWY_EXPORT(StencilFirstRelax);
HWY_EXPORT(Advance);
HWY_EXPORT(Redirect);
HWY_EXPORT(EdgeWeights);
HWY_EXPORT(SquareSum);

double stencil_apply(const Stencil& stencil, const double* x, double* y, std::size_t count) {
  return HWY_DYNAMIC_DISPATCH(StencilApply)(stencil, x, y, count);
}
void stencil_residual(const Stencil& stencil, const double* right, const double* x,
                      double* residual, std::size_t count) {
  HWY_DYNAMIC_DISPATCH(StencilResidual)(stencil, right, x, residual, count);
}
double stencil_relax(const Stencil& stencil, double weight, const double* right, const double* x,
                     double* next, std::size_t count) {
  return HWY_DYNAMIC_DISPATCH(StencilRelax)(stencil, weight, right, x, next, count);
}
void stencil_first_relax(const Stencil& stencil, double weight, const double* right, double* x,
                         std::size_t count) {
  HWY_DYNAMIC_DISPATCH(StencilFirstRelax)(stencil, weight, right, x, count);
}
Remainder advance(double step, const double* p, const double* q, const double* inverse_diagonal,
                  double* x, double* r, std::size_t count) {
  return HWY_DYNAMIC_DISPATCH(Advance)(step, p, q, inverse_diagonal, x, r, count);
}
void redirect(const double* z, double factor, double* p, std::size_t count) {
  HWY_DYNAMIC_DISPATCH(Redirect)(z, factor, p, count);
}
void edge_weights(const float* a, const float* b, float scale, float floor, double* weights,
                  std::size_t count) {
  HWY_DYNAMIC_DISPATCH(EdgeWeights)(a, b, scale, floor, weights, count);
}
double square_sum(std::span<const float> row, float offset) {
  return HWY_DYNAMIC_DISPATCH(SquareSum)(row.data(), row.size(), offset);
}

}  // namespace slicecast::segmentation::kernels
#endif
