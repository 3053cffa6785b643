#include "common/recon/cpu/backproject_flat.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "common/recon/cpu/backproject_flat.cpp"
#include <hwy/foreach_target.h>
// after foreach_target
#include <hwy/highway.h>

#include "common/recon/cpu/backproject_blocks-inl.h"
#include "common/recon/cpu/backproject_fetch-inl.h"
#include "common/recon/cpu/stored_image.h"

HWY_BEFORE_NAMESPACE();
namespace slicecast::recon::HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128

void AddFlatTerms(std::span<const KernelTerm> terms, const BlockSums& onto) {
  add_terms(terms, onto);
}

#else

constexpr int kMargin = CpuImage::kMarginColumns;

// The line at height v times the factor, with its margins of zeros.
template <class T>
void FillLine(const KernelTerm& term, double v, float* line) {
  const double row = std::floor(v);
  const auto fraction = hn::Set(df, static_cast<float>(v - row)), factor = hn::Set(df, term.factor);
  const T* upper =
      static_cast<const T*>(term.pixels) + static_cast<std::ptrdiff_t>(row) * term.stride - kMargin;
  for (int c = 0; c < term.columns + 2 * kMargin; c += static_cast<int>(kLanes)) {
    const Pair rows{Numbers(upper + c), Numbers(upper + term.stride + c)};
    hn::StoreU(hn::Mul(factor, Between(rows, fraction)), df, line + c);
  }
}

void AddStrip(const KernelTerm& term, const float* line, const Homogeneous& strip, int blocks,
              float* sums) {
  const auto lane_u = hn::Mul(hn::Iota(df, 0), hn::Set(df, static_cast<float>(term.lane.u)));
  const double to_end = term.lane.u * static_cast<double>(kLanes - 1);
  const double before = std::min(to_end, 0.0), beyond = std::max(to_end, 0.0);
  const auto one = hn::Set(di, 1);
  for (int b = 0; b < blocks; ++b, sums += kLanes) {
    const double u = strip.u + b * term.block.u;
    if (!(u + beyond > -1 && u + before < term.columns)) continue;
    const double corner = std::floor(u + before);
    // In [0, 2 kLanes - 1), but for rounding, which the clamp takes away.
    const auto at =
        hn::Max(hn::Add(hn::Set(df, static_cast<float>(u - corner)), lane_u), hn::Zero(df));
    const auto index = ToInt(at);
    const auto fraction = hn::Sub(at, hn::ConvertTo(df, index));
    const float* from = line + kMargin + static_cast<int>(corner);
    const Window window{hn::LoadU(df, from), hn::LoadU(df, from + kLanes)};
    const Pair pair{window.At(index), window.At(hn::Add(index, one))};
    hn::Store(hn::Add(hn::Load(df, sums), Between(pair, fraction)), df, sums);
  }
}

void AddFlatTerms(std::span<const KernelTerm> terms, const BlockSums& onto) {
  std::size_t longest = 0;
  for (const KernelTerm& term : terms)
    longest = std::max(longest, static_cast<std::size_t>(term.columns));
  const std::size_t step = longest + 2 * kMargin + 2 * kLanes;
  std::vector<float> lines(step * terms.size());
  std::vector<const KernelTerm*> seen;
  for (const KernelTerm& term : terms) {
    if (!(term.first.v > -1 && term.first.v < term.rows)) continue;
    float* line = lines.data() + step * seen.size();
    term.half ? FillLine<std::uint16_t>(term, term.first.v, line)
              : FillLine<float>(term, term.first.v, line);
    seen.push_back(&term);
  }
  const std::ptrdiff_t strip_floats =
      static_cast<std::ptrdiff_t>(onto.blocks) * static_cast<std::ptrdiff_t>(kLanes);
  for (int s = 0; s < onto.strips; ++s) {
    for (std::size_t t = 0; t < seen.size(); ++t) {
      const KernelTerm& term = *seen[t];
      const Homogeneous strip = term.first + static_cast<double>(onto.first_strip + s) * term.strip;
      AddStrip(term, lines.data() + step * t, strip, onto.blocks, onto.sums + s * strip_floats);
    }
  }
}

#endif

}  // namespace slicecast::recon::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace slicecast::recon {

HWY_EXPORT(AddFlatTerms);

bool is_flat(const Homogeneous& origin, const Homogeneous& column, const Homogeneous& row, int rows,
             int columns) {
  const bool parallel = origin.w == 1 && column.w == 0 && row.w == 0;
  const double rise = std::abs(column.v) * columns + std::abs(row.v) * rows;
  // 15 steps and two neighbours within 31 columns; half of that on vectors of half the length.
  return parallel && rise < 1e-6 && std::abs(column.u) < 1.85;
}

void add_flat_terms(std::span<const KernelTerm> terms, const BlockSums& onto) {
  // As many lines as fit the second cache.
  constexpr std::size_t kTogether = 64;
  while (!terms.empty()) {
    const std::size_t count = std::min(kTogether, terms.size());
    HWY_DYNAMIC_DISPATCH(AddFlatTerms)(terms.first(count), onto);
    terms = terms.subspan(count);
  }
}

}  // namespace slicecast::recon
#endif
