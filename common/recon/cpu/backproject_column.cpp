#include "common/recon/cpu/backproject_column.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "common/recon/cpu/backproject_column.cpp"
#include <hwy/foreach_target.h>
// after foreach_target
#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include "common/recon/cpu/backproject_blocks-inl.h"
#include "common/recon/cpu/backproject_fetch-inl.h"

#ifndef SLICECAST_BACKPROJECT_COLUMN_LIMITS
#define SLICECAST_BACKPROJECT_COLUMN_LIMITS
namespace slicecast::recon {
// Points of a line that are worked on together, counted from the plane's first so that a point gets
// the same bits whichever tile it is in.
constexpr int kColumnRun = 32;
// Detector rows that a run may meet.
constexpr int kColumnRows = 128;
// Of the source-axis distance: nearer to the source the general kernels are.
constexpr double kLeastColumnDepth = 0.05;
}  // namespace slicecast::recon
#endif

HWY_BEFORE_NAMESPACE();
namespace slicecast::recon::HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128

void AddColumnTerms(std::span<const KernelTerm> terms, const BlockSums& onto, AlongAxis) {
  add_terms(terms, onto);
}

#else

constexpr int kRun = kColumnRun;
static_assert(kRun % kLanes == 0);

// A vector of lines and where they meet the rows of one detector.
template <class T>
class Lines {
 public:
  Lines(const KernelTerm& term, const Homogeneous& start, double along_v)
      : image_(static_cast<const T*>(term.pixels)), stride_(term.stride), rows_(term.rows) {
    const auto at = [&](double from, double step, std::size_t lane) HWY_ATTR {
      return hn::MulAdd(hn::Iota(dd, static_cast<double>(lane)), hn::Set(dd, step),
                        hn::Set(dd, from));
    };
    const auto one = hn::Set(dd, 1.0);
    const std::size_t half = hn::Lanes(dd);
    const Wide inverse{hn::Div(one, at(start.w, term.lane.w, 0)),
                       hn::Div(one, at(start.w, term.lane.w, half))};
    const Wide u{hn::Mul(at(start.u, term.lane.u, 0), inverse.lower),
                 hn::Mul(at(start.u, term.lane.u, half), inverse.upper)};
    v_ = {hn::Mul(at(start.v, term.lane.v, 0), inverse.lower),
          hn::Mul(at(start.v, term.lane.v, half), inverse.upper)};
    const auto step = hn::Set(dd, along_v);
    step_v_ = {hn::Mul(step, inverse.lower), hn::Mul(step, inverse.upper)};
    // u is monotonic along the lanes.
    const double first = hn::GetLane(u.lower), last = Last(u);
    const double corner = std::floor(std::min(first, last));
    seen_ = std::max(first, last) > -1 && corner < term.columns;
    if (!seen_) return;
    const auto base = hn::Set(dd, corner);
    const auto from_corner =
        hn::Max(Narrowed({hn::Sub(u.lower, base), hn::Sub(u.upper, base)}), hn::Zero(df));
    left_ = ToInt(from_corner);
    fraction_ = hn::Sub(from_corner, hn::ConvertTo(df, left_));
    column_ = static_cast<int>(corner);
    ahead_ = static_cast<std::ptrdiff_t>((last - first) * static_cast<double>(kLanes) /
                                         static_cast<double>(kLanes - 1));
    const auto narrow = Narrowed(inverse);
    weight_ = hn::Mul(hn::Set(df, term.factor), hn::Mul(narrow, narrow));
  }

  bool seen() const { return seen_; }

  // Adds points [begin, end) of the run that starts at point `first` of the lines; sums of point
  // `first` at `sums`, of the next `step` further.
  HWY_INLINE void Add(int first, int begin, int end, float* sums, std::ptrdiff_t step) {
    const auto from = hn::Set(dd, static_cast<double>(first));
    const Wide wide_v{hn::MulAdd(from, step_v_.lower, v_.lower),
                      hn::MulAdd(from, step_v_.upper, v_.upper)};
    const double v0 = hn::GetLane(wide_v.lower), v1 = Last(wide_v);
    const double end_v0 = v0 + (kRun - 1) * hn::GetLane(step_v_.lower);
    const double end_v1 = v1 + (kRun - 1) * Last(step_v_);
    // v is monotonic along the lanes as well as along the lines: the corners bound it.
    const double least = std::min(std::min(v0, v1), std::min(end_v0, end_v1));
    const double most = std::max(std::max(v0, v1), std::max(end_v0, end_v1));
    if (!(most > -1 && least < rows_)) return;
    const double top = std::floor(least - kMargin);
    const int count = static_cast<int>(std::floor(most + kMargin) - top) + 2;
    Interpolate(static_cast<int>(top), count);

    const auto base = hn::Set(dd, top);
    const auto v = Narrowed({hn::Sub(wide_v.lower, base), hn::Sub(wide_v.upper, base)});
    const auto step_v = Narrowed(step_v_);
    HWY_ALIGN std::int32_t upper_row[kRun];
    const int steps =
        Bound(static_cast<float>(v0 - top), static_cast<float>(v1 - top), step_v, upper_row);
    Upcoming upcoming(*this, static_cast<int>(top), count);
    for (int k = begin; k < end; ++k) {
      upcoming.PrefetchTwoRows();
      const float* row = across_ + upper_row[k] * static_cast<int>(kLanes);
      const auto v_below = hn::Sub(hn::MulAdd(hn::Set(df, static_cast<float>(k)), step_v, v),
                                   hn::Set(df, static_cast<float>(upper_row[k])));
      const auto value = steps == 1 ? BetweenTwo(row, v_below) : BetweenMany(row, v_below, steps);
      float* sum = sums + k * step;
      hn::Store(hn::MulAdd(value, weight_, hn::Load(df, sum)), df, sum);
    }
  }

 private:
  static constexpr double kMargin = 1e-4;  // for what single precision rounds

  static HWY_INLINE double Last(Wide x) { return hn::ExtractLane(x.upper, hn::Lanes(dd) - 1); }

  // The detector rows that point k of the lines needs: from upper_row[k] on, one more than is
  // returned. As many for all points, since a loop whose end changes is a mispredicted branch.
  HWY_INLINE int Bound(float v0, float v1, F32 step_v, std::int32_t* upper_row) const {
    auto steps = hn::Set(df, 1.0f);
    const auto first = hn::Set(df, hn::GetLane(step_v));
    const auto last = hn::Set(df, hn::ExtractLane(step_v, kLanes - 1));
    // What lies this little beyond a row is extrapolated from it.
    const auto tolerance = hn::Set(df, 0x1p-18f);
    for (int k = 0; k < kRun; k += static_cast<int>(kLanes)) {
      const auto at = hn::Iota(df, static_cast<float>(k));
      const auto a = hn::MulAdd(at, first, hn::Set(df, v0));
      const auto b = hn::MulAdd(at, last, hn::Set(df, v1));
      const auto top = hn::Floor(hn::Add(hn::Min(a, b), tolerance));
      const auto bottom = hn::Floor(hn::Sub(hn::Max(a, b), tolerance));
      steps = hn::Max(steps, hn::Add(hn::Sub(bottom, top), hn::Set(df, 1.0f)));
      hn::Store(ToInt(hn::Max(top, hn::Zero(df))), di, upper_row + k);
    }
    return static_cast<int>(hn::GetLane(hn::MaxOfLanes(df, steps)));
  }

  // v counts from `row`.
  static HWY_INLINE F32 BetweenTwo(const float* row, F32 v) {
    const auto upper = hn::Load(df, row);
    return hn::MulAdd(v, hn::Sub(hn::Load(df, row + kLanes), upper), upper);
  }
  // Each line between its own two of steps + 1 rows.
  static HWY_INLINE F32 BetweenMany(const float* row, F32 v, int steps) {
    const auto most = hn::Set(df, static_cast<float>(steps - 1));
    const auto whole = hn::Min(hn::Floor(hn::Max(v, hn::Zero(df))), most);
    auto upper = hn::Load(df, row);
    auto lower = hn::Load(df, row + kLanes);
    for (int further = 1; further < steps; ++further) {
      row += kLanes;
      const auto passed = hn::Ge(whole, hn::Set(df, static_cast<float>(further)));
      upper = hn::IfThenElse(passed, hn::Load(df, row), upper);
      lower = hn::IfThenElse(passed, hn::Load(df, row + kLanes), lower);
    }
    return hn::MulAdd(hn::Sub(v, whole), hn::Sub(lower, upper), upper);
  }

  // Where the lines that follow will meet the same detector rows. No prefetcher of the processor
  // sees the pattern, and all rows at once would fill its miss buffers.
  class Upcoming {
   public:
    HWY_INLINE Upcoming(const Lines& lines, int top, int count)
        : row_(top), last_(std::clamp(top + count, 1, lines.rows_) - 1), stride_(lines.stride_) {
      from_ = lines.image_ + lines.column_ + lines.ahead_;
    }
    HWY_INLINE void PrefetchTwoRows() {
      for (const int row : {row_, row_ + 1}) {
        const T* first = from_ + static_cast<std::ptrdiff_t>(std::clamp(row, 0, last_)) * stride_;
        hwy::Prefetch(first - 2);
        hwy::Prefetch(first + Blocks::kWindow + 1);
      }
      row_ += 2;
    }

   private:
    const T* from_;
    int row_;
    const int last_, stride_;
  };

  // Detector rows from `top` on at the columns of the lines.
  HWY_INLINE void Interpolate(int top, int count) {
    const auto right = hn::Add(left_, hn::Set(di, 1));
    float* to = across_;
    for (int row = top; row < top + count; ++row, to += kLanes) {
      if (row < 0 || row >= rows_) {
        hn::Store(hn::Zero(df), df, to);
        continue;
      }
      const T* from = image_ + static_cast<std::ptrdiff_t>(row) * stride_ + column_;
      const Window window{Numbers(from), Numbers(from + kLanes)};
      hn::Store(Between({window.At(left_), window.At(right)}, fraction_), df, to);
    }
  }

  const T* image_;
  const int stride_, rows_;
  Wide v_, step_v_;
  I32 left_;
  F32 fraction_, weight_;
  int column_ = 0;
  std::ptrdiff_t ahead_ = 0;  // columns to where the lines that follow meet the detector
  bool seen_ = false;
  HWY_ALIGN float across_[kColumnRows * kLanes];
};

template <class T>
void AddGroup(const KernelTerm& term, const BlockSums& onto, AlongAxis along, int group) {
  const bool strips = along == AlongAxis::strip;
  const int first_point = strips ? onto.first_strip : 0;
  const int end = first_point + (strips ? onto.strips : onto.blocks);
  const auto lanes = static_cast<std::ptrdiff_t>(kLanes);
  const std::ptrdiff_t group_floats = strips ? lanes : onto.blocks * lanes;
  const std::ptrdiff_t point_floats = strips ? onto.blocks * lanes : lanes;
  const int first_group = strips ? 0 : onto.first_strip;
  const Homogeneous start =
      term.first + static_cast<double>(first_group + group) * (strips ? term.block : term.strip);
  Lines<T> lines(term, start, strips ? term.strip.v : term.block.v);
  if (!lines.seen()) return;
  float* sums = onto.sums + group * group_floats;
  for (int run = first_point / kRun * kRun; run < end; run += kRun)
    lines.Add(run, std::max(first_point - run, 0), std::min(end - run, kRun),
              sums + (run - first_point) * point_floats, point_floats);
}

void AddColumnTerms(std::span<const KernelTerm> terms, const BlockSums& onto, AlongAxis along) {
  // Terms that take a group together: its sums, and the pixels that the next group shares, stay in
  // the first cache.
  constexpr std::size_t kTogether = 2;
  const int groups = along == AlongAxis::strip ? onto.blocks : onto.strips;
  for (; !terms.empty(); terms = terms.subspan(std::min(kTogether, terms.size()))) {
    for (int group = 0; group < groups; ++group) {
      for (const KernelTerm& term : terms.first(std::min(kTogether, terms.size())))
        term.half ? AddGroup<std::uint16_t>(term, onto, along, group)
                  : AddGroup<float>(term, onto, along, group);
    }
  }
}

#endif

}  // namespace slicecast::recon::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace slicecast::recon {

HWY_EXPORT(AddColumnTerms);

bool runs_along_axis(const Homogeneous& first, const Homogeneous& lane, const Homogeneous& along,
                     int lines, int points) {
  const Homogeneous last = first + static_cast<double>(lines - 1) * lane;
  const double least_w = std::min(first.w, last.w);
  if (!(least_w > kLeastColumnDepth)) return false;
  const double drift = points / least_w;
  if (!(std::abs(along.u) * drift < 1e-6 && std::abs(along.w) * drift < 1e-9)) return false;
  // d(u)/d(lane) = (lane.u w - u lane.w)/w^2, whose numerator is the same all along.
  const int lanes = kernel_lanes();
  const double square = least_w * least_w;
  const double du = std::abs(lane.u * first.w - first.u * lane.w) / square;
  if (!((lanes - 1) * du < 2 * lanes - 3)) return false;
  const auto dv = [&](double v) { return std::abs(lane.v * first.w - v * lane.w) / square; };
  const double across = std::max(dv(first.v), dv(first.v + (points - 1) * along.v));
  const double down = std::abs(along.v) / least_w;
  // Over a run, and as many more as loads of its last point may reach beyond what that needs.
  return 2 * (lanes - 1) * across + kColumnRun * down < kColumnRows - 8;
}

void add_column_terms(std::span<const KernelTerm> terms, const BlockSums& onto, AlongAxis along) {
  HWY_DYNAMIC_DISPATCH(AddColumnTerms)(terms, onto, along);
}

}  // namespace slicecast::recon
#endif
