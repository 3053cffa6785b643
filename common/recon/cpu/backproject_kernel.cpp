#include "common/recon/cpu/backproject_kernel.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "common/recon/cpu/backproject_kernel.cpp"
#include <hwy/foreach_target.h>
// after foreach_target
#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include "common/base/pixel_type.h"
#include "common/recon/cpu/backproject_blocks-inl.h"
#include "common/recon/cpu/backproject_fetch-inl.h"

HWY_BEFORE_NAMESPACE();
namespace slicecast::recon::HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128

// The portable fallback: one point after the other, in double precision.
template <class T>
void AddPoints(const KernelTerm& term, const BlockSums& onto) {
  const T* pixels = static_cast<const T*>(term.pixels);
  const auto number = [](T stored) {
    if constexpr (sizeof(T) == 2)
      return static_cast<double>(float_from_half(stored));
    else
      return static_cast<double>(stored);
  };
  for (int s = 0; s < onto.strips; ++s) {
    const Homogeneous strip = term.first + static_cast<double>(onto.first_strip + s) * term.strip;
    for (int b = 0; b < onto.blocks; ++b) {
      const Homogeneous point = strip + static_cast<double>(b) * term.block;
      if (!(point.w > kLeastDepth)) continue;
      const double u = point.u / point.w, v = point.v / point.w;
      if (!(u > -1 && u < term.columns && v > -1 && v < term.rows)) continue;
      const int column = static_cast<int>(u + 1) - 1, row = static_cast<int>(v + 1) - 1;
      const double fu = u - column, fv = v - row;
      const T* upper = pixels + static_cast<std::ptrdiff_t>(row) * term.stride + column;
      const T* lower = upper + term.stride;
      const double value = (1 - fv) * ((1 - fu) * number(upper[0]) + fu * number(upper[1])) +
                           fv * ((1 - fu) * number(lower[0]) + fu * number(lower[1]));
      onto.sums[static_cast<std::ptrdiff_t>(s) * onto.blocks + b] +=
          static_cast<float>(static_cast<double>(term.factor) * value / (point.w * point.w));
    }
  }
}

void AddTerms(std::span<const KernelTerm> terms, const BlockSums& onto) {
  for (const KernelTerm& term : terms)
    term.half ? AddPoints<std::uint16_t>(term, onto) : AddPoints<float>(term, onto);
}

int LaneCount() {
  return 1;
}

#else

// Numbers of some blocks of a section, as bits.
class BlockSet {
 public:
  // Those whose `rows`, as in Blocks, are `rows`; of more than three, also those with one less,
  // which cost the same.
  HWY_INLINE BlockSet(const Blocks& blocks, int rows) {
    const auto low_bit = hn::Set(di, rows > 3 ? 1 : 0), wanted = hn::Set(di, rows);
    Collect(blocks, [&](I32 of) HWY_ATTR { return hn::Eq(hn::Or(of, low_bit), wanted); });
  }
  HWY_INLINE static BlockSet WithMoreRowsThan(const Blocks& blocks, int rows) {
    BlockSet set;
    const auto bound = hn::Set(di, rows);
    set.Collect(blocks, [&](I32 of) HWY_ATTR { return hn::Gt(of, bound); });
    return set;
  }
  HWY_INLINE void Remove(const BlockSet& other) { bits_ &= ~other.bits_; }
  HWY_INLINE bool empty() const { return bits_ == 0; }
  // Calls visit(k) for each, lowest first.
  template <class Visit>
  HWY_INLINE void ForEach(const Visit& visit) const {
    for (std::uint64_t left = bits_; left != 0; left &= left - 1)
      visit(static_cast<int>(hwy::Num0BitsBelowLS1Bit_Nonzero64(left)));
  }

 private:
  static_assert(Blocks::kCapacity == 64);
  BlockSet() = default;

  template <class Chosen>
  HWY_INLINE void Collect(const Blocks& blocks, const Chosen& chosen) {
    alignas(8) std::uint8_t bytes[8];
    for (int k = 0; k < Blocks::kCapacity; k += static_cast<int>(kLanes))
      hn::StoreMaskBits(di, chosen(hn::Load(di, blocks.rows + k)), bytes + k / 8);
    std::memcpy(&bits_, bytes, sizeof(bits_));
  }

  std::uint64_t bits_ = 0;
};

// The blocks that will be worked on next.
struct Upcoming {
  const Blocks& blocks;
  const char* pixels;
  std::ptrdiff_t number_bytes, row_bytes;

  // The rows of one block lie in twice as many cache lines, as hardly any load keeps to one: ask
  // for them early, since no prefetcher of the processor sees their pattern.
  HWY_INLINE void Prefetch(int k) const {
    const char* row = pixels + blocks.offset[k] * number_bytes;
    const int rows = blocks.rows[k];
    if (rows > Blocks::kTable) {
      for (int r = Blocks::kTable; r < rows; r += 1, row += row_bytes) hwy::Prefetch(row);
      return;
    }
    for (int r = 0; r < 3; ++r) PrefetchRow(row + r * row_bytes);
    // Whether there are two rows or three changes too often for a branch.
    for (int r = 3; r < rows; ++r) PrefetchRow(row + r * row_bytes);
  }

  HWY_INLINE void PrefetchRow(const char* first) const {
    hwy::Prefetch(first);
    hwy::Prefetch(first + Blocks::kWindow * number_bytes - 1);
  }
};

// Where permuting more rows costs more than gathering.
constexpr int MostRows(bool half) {
  return HWY_TARGET <= HWY_AVX3 && half ? Blocks::kMostRows : 5;
}

template <class T, bool kParallel>
class TermKernel {
 public:
  explicit TermKernel(const KernelTerm& term)
      : term_(term),
        image_{static_cast<const T*>(term.pixels), term.stride, term.rows, term.columns},
        lane_u_(FromFirst(term, term.lane.u, term.cross.u)),
        lane_v_(FromFirst(term, term.lane.v, term.cross.v)),
        lane_w_(FromFirst(term, term.lane.w, term.cross.w)),
        factor_(hn::Set(df, term.factor)) {}

  // Adds one term onto one section while the pixels under what follows are on their way.
  void Add(const Section& section, const Blocks& blocks, const Upcoming& ahead) const {
    // Positions of all blocks first, then their pixels: two short chains of dependent operations
    // overlap across blocks where one long one would fill the processor's window. Blocks of equal
    // height follow each other, else every other one would be a mispredicted branch.
    Points points;
    for (int k = 0; k < section.count; ++k) Locate(blocks, k, points);
    const Target target{blocks, points, section.sums};
    int asked = 0;
    const BlockSet two_rows(blocks, 2);
    two_rows.ForEach([&](int k) HWY_ATTR {
      ahead.Prefetch(asked++);
      AddTwoRows(target, k);
    });
    auto left = BlockSet::WithMoreRowsThan(blocks, 2);
#if HWY_TARGET <= HWY_AVX3
    if constexpr (sizeof(T) == 2) {
      const auto tables = BlockSet::WithMoreRowsThan(blocks, Blocks::kTable);
      if (!tables.empty()) AddTables(target, tables, ahead, asked);
      left.Remove(tables);
    }
#endif
    for (int rows = 3; !left.empty(); rows += 2) {
      const BlockSet of_rows(blocks, rows);
      of_rows.ForEach([&](int k) HWY_ATTR {
        ahead.Prefetch(asked++);
        AddManyRows(target, k, rows);
      });
      left.Remove(of_rows);
    }
    BlockSet(blocks, Blocks::kGather).ForEach([&](int k) HWY_ATTR { AddGathered(target, k); });
    BlockSet(blocks, Blocks::kCareful).ForEach([&](int k) HWY_ATTR {
      AddCarefully(target, section.Start(term_, k), k);
    });
  }

 private:
  // Detector positions relative to each block's corner and factor / w^2, a vector per block.
  struct Points {
    HWY_ALIGN float u[Blocks::kCapacity * kLanes], v[Blocks::kCapacity * kLanes];
    HWY_ALIGN float weight[Blocks::kCapacity * kLanes];
  };
  struct Target {
    const Blocks& blocks;
    const Points& points;
    float* sums;
  };

  // Of every lane, for what grows by `lane` and `cross`.
  static HWY_INLINE F32 FromFirst(const KernelTerm& term, double lane, double cross) {
    const auto number = hn::Iota(df, 0);
    const auto along = hn::Set(df, static_cast<float>(lane));
    if (term.width == 0) return hn::Mul(number, along);
    const auto width = hn::Set(df, static_cast<float>(term.width));
    const auto row = hn::Floor(hn::Div(number, width));
    return hn::MulAdd(row, hn::Set(df, static_cast<float>(cross)),
                      hn::Mul(hn::NegMulAdd(row, width, number), along));
  }

  HWY_INLINE void Locate(const Blocks& blocks, int k, Points& points) const {
    const std::size_t at = static_cast<std::size_t>(k) * kLanes;
    auto u = hn::Add(hn::Set(df, blocks.start_u[k]), lane_u_);
    auto v = hn::Add(hn::Set(df, blocks.start_v[k]), lane_v_);
    if constexpr (!kParallel) {
      const auto base_u = hn::Set(df, blocks.base_u[k]), base_v = hn::Set(df, blocks.base_v[k]);
      const auto w = hn::Add(hn::Set(df, blocks.start_w[k]), lane_w_);
      const auto inverse = Reciprocal(w);
      u = hn::Mul(hn::NegMulAdd(base_u, lane_w_, u), inverse);
      v = hn::Mul(hn::NegMulAdd(base_v, lane_w_, v), inverse);
      hn::Store(hn::Mul(inverse, hn::Mul(inverse, factor_)), df, points.weight + at);
    }
    hn::Store(u, df, points.u + at);
    hn::Store(v, df, points.v + at);
  }

  HWY_INLINE F32 At(const float* of_blocks, int k) const {
    return hn::Load(df, of_blocks + k * static_cast<int>(kLanes));
  }

  HWY_INLINE void Add(F32 value, const Target& target, int k) const {
    float* sum = target.sums + k * static_cast<int>(kLanes);
    const auto weight = kParallel ? factor_ : At(target.points.weight, k);
    hn::Store(hn::MulAdd(value, weight, hn::Load(df, sum)), df, sum);
  }

  HWY_INLINE void AddTwoRows(const Target& target, int k) const {
    const auto u = At(target.points.u, k), v = At(target.points.v, k);
    Add(image_.TwoRows(target.blocks.offset[k], u, v), target, k);
  }

  HWY_INLINE void AddManyRows(const Target& target, int k, int rows) const {
    const Blocks& blocks = target.blocks;
    const auto u = At(target.points.u, k), v = At(target.points.v, k);
    Add(image_.ManyRows(blocks.offset[k], rows, u, v), target, k);
  }

#if HWY_TARGET <= HWY_AVX3
  HWY_INLINE void AddTables(const Target& target, BlockSet low, const Upcoming& ahead,
                            int& asked) const {
    const auto high = BlockSet::WithMoreRowsThan(target.blocks, Blocks::kTable + 4);
    low.Remove(high);
    low.ForEach([&](int k) HWY_ATTR {
      ahead.Prefetch(asked++);
      AddTable<1>(target, k);
    });
    high.ForEach([&](int k) HWY_ATTR {
      ahead.Prefetch(asked++);
      AddTable<2>(target, k);
    });
  }

  template <int kQuarters>
  HWY_INLINE void AddTable(const Target& target, int k) const {
    const Blocks& blocks = target.blocks;
    const auto u = At(target.points.u, k), v = At(target.points.v, k);
    const int rows = blocks.rows[k] - Blocks::kTable;
    Add(image_.template Table<kQuarters>(blocks.offset[k], rows, u, v), target, k);
  }
#endif

  HWY_INLINE void AddGathered(const Target& target, int k) const {
    const auto base_u = hn::Set(df, target.blocks.base_u[k]);
    const auto base_v = hn::Set(df, target.blocks.base_v[k]);
    const auto u = At(target.points.u, k), v = At(target.points.v, k);
    Add(image_.Gather(base_u, base_v, u, v), target, k);
  }

  // In double precision, point by point on or off: blocks that reach behind the source or cover
  // much of the detector.
  HWY_NOINLINE void AddCarefully(const Target& target, const Homogeneous& start, int k) const {
    const Precise lower = Precisely(start, 0), upper = Precisely(start, hn::Lanes(dd));
    const auto joined = [](F64 high, F64 low) HWY_ATTR { return Narrowed({low, high}); };
    const auto value = image_.Gather(
        joined(upper.column, lower.column), joined(upper.row, lower.row),
        joined(upper.fraction_u, lower.fraction_u), joined(upper.fraction_v, lower.fraction_v));
    const auto weight = hn::Mul(joined(upper.weight, lower.weight), factor_);
    float* sum = target.sums + k * static_cast<int>(kLanes);
    hn::Store(hn::MulAdd(value, weight, hn::Load(df, sum)), df, sum);
  }

  // Positions as a whole pixel and a fraction; weight 1/w^2.
  struct Precise {
    F64 column, row, fraction_u, fraction_v, weight;
  };
  HWY_INLINE Precise Precisely(const Homogeneous& start, std::size_t first_lane) const {
    const auto number = hn::Iota(dd, static_cast<double>(first_lane));
    const auto width = hn::Set(dd, term_.width > 0 ? static_cast<double>(term_.width) : 64.0);
    const auto row_of_block = hn::Floor(hn::Div(number, width));
    const auto lane = hn::NegMulAdd(row_of_block, width, number);
    const auto at = [&](double from, double step, double cross) HWY_ATTR {
      const auto row_start = hn::MulAdd(row_of_block, hn::Set(dd, cross), hn::Set(dd, from));
      return hn::MulAdd(lane, hn::Set(dd, step), row_start);
    };
    const auto w = at(start.w, term_.lane.w, term_.cross.w);
    const auto in_front = hn::Gt(w, hn::Set(dd, kLeastDepth));
    const auto one = hn::Set(dd, 1.0);
    const auto inverse = hn::Div(one, hn::IfThenElse(in_front, w, one));
    // Onto the zeros around the image.
    const auto clamped = [&](F64 x, int size) HWY_ATTR {
      return hn::Min(hn::Max(x, hn::Neg(one)), hn::Set(dd, static_cast<double>(size)));
    };
    const auto u =
        clamped(hn::Mul(at(start.u, term_.lane.u, term_.cross.u), inverse), term_.columns);
    const auto v = clamped(hn::Mul(at(start.v, term_.lane.v, term_.cross.v), inverse), term_.rows);
    const auto column = hn::Floor(u), row = hn::Floor(v);
    return {column, row, hn::Sub(u, column), hn::Sub(v, row),
            hn::IfThenElseZero(in_front, hn::Mul(inverse, inverse))};
  }

  const KernelTerm& term_;
  const Image<T> image_;
  const F32 lane_u_, lane_v_, lane_w_, factor_;
};

void AddSection(const KernelTerm& term, const Section& section, const Blocks& blocks,
                const Upcoming& ahead) {
  const bool parallel = term.first.w == 1 && term.lane.w == 0 && term.cross.w == 0 &&
                        term.block.w == 0 && term.strip.w == 0;
  if (term.half)
    parallel ? TermKernel<std::uint16_t, true>(term).Add(section, blocks, ahead)
             : TermKernel<std::uint16_t, false>(term).Add(section, blocks, ahead);
  else
    parallel ? TermKernel<float, true>(term).Add(section, blocks, ahead)
             : TermKernel<float, false>(term).Add(section, blocks, ahead);
}

// Sections of neighbouring strips take one term together before the next term: the detector rows
// that they share are read from memory once and then stay in the second cache, as do their sums.
struct Batch {
  static constexpr int kCapacity = 64;
  Section sections[kCapacity];
  int count = 0;

  void Fill(SectionWalk& walk) {
    for (count = 0; count < kCapacity; ++count) {
      walk.Next(sections[count]);
      if (sections[count].count == 0) return;
    }
  }
};

void AddBatch(std::span<const KernelTerm> terms, const Batch& batch) {
  Blocks blocks[2];
  const auto place = [](Blocks& of, const KernelTerm& term, const Section& section) HWY_ATTR {
    term.width > 0 ? of.Place<3>(term, section, MostRows(term.half))
                   : of.Place<1>(term, section, MostRows(term.half));
  };
  place(blocks[0], terms[0], batch.sections[0]);
  int turn = 0, s = 0;
  for (std::size_t t = 0; t < terms.size();) {
    const KernelTerm& term = terms[t];
    const Section& section = batch.sections[s];
    if (++s == batch.count) {
      s = 0;
      ++t;
    }
    const KernelTerm& next = terms[std::min(t, terms.size() - 1)];
    Blocks& ahead = blocks[turn ^ 1];
    place(ahead, next, batch.sections[s]);
    const std::ptrdiff_t bytes = next.half ? sizeof(std::uint16_t) : sizeof(float);
    AddSection(term, section, blocks[turn],
               {ahead, static_cast<const char*>(next.pixels), bytes, next.stride * bytes});
    turn ^= 1;
  }
}

void AddTerms(std::span<const KernelTerm> terms, const BlockSums& onto) {
  if (terms.empty()) return;
  SectionWalk walk(onto, kLanes);
  Batch batch;
  for (batch.Fill(walk); batch.count != 0; batch.Fill(walk)) AddBatch(terms, batch);
}

int LaneCount() {
  return static_cast<int>(hn::Lanes(df));
}

#endif

}  // namespace slicecast::recon::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace slicecast::recon {

HWY_EXPORT(AddTerms);
HWY_EXPORT(LaneCount);

int kernel_lanes() {
  return HWY_DYNAMIC_DISPATCH(LaneCount)();
}

void add_terms(std::span<const KernelTerm> terms, const BlockSums& onto) {
  HWY_DYNAMIC_DISPATCH(AddTerms)(terms, onto);
}

}  // namespace slicecast::recon
#endif
