#include "common/nn/msd/kernels.h"

#include <algorithm>
#include <chrono>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "common/nn/msd/kernels.cpp"
#include <hwy/foreach_target.h>
// after foreach_target
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace slicecast::nn::msd::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Tag = hn::CappedTag<float, kColumnUnit>;
using Vector = hn::Vec<Tag>;

#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128
// Vectors of one value are no use; plain loops let the compiler use what every processor has.
void SumEdges(const PlaneSet* sets, const EdgeSum& sum, const Region& region) {
  constexpr int kRun = 256;
  float acc[kRun];
  for (int r = region.row_begin; r < region.row_end; ++r)
    for (int column = region.column_begin; column < region.column_end; column += kRun) {
      const int count = std::min(kRun, region.column_end - column);
      const PlaneSet& own = sets[sum.target.set];
      float* target = own.slot(sum.target.slot) + own.rows[r] + column;
      for (int i = 0; i < count; ++i) acc[i] = sum.begins ? sum.bias : target[i];
      const float* weight = sum.weights;
      for (int s = 0; s < sum.count; ++s) {
        const PlaneSet& set = sets[sum.sources[s].set];
        const float* source = set.slot(sum.sources[s].slot) + column;
        for (int j = -1; j <= 1; ++j, weight += 3) {
          const float* row = source + set.rows[r + j * sum.dilation];
          const float *left = row - sum.dilation, *right = row + sum.dilation;
          const float w0 = weight[0], w1 = weight[1], w2 = weight[2];
          for (int i = 0; i < count; ++i) acc[i] += w0 * left[i] + w1 * row[i] + w2 * right[i];
        }
      }
      for (int i = 0; i < count; ++i) target[i] = sum.ends ? std::max(0.0f, acc[i]) : acc[i];
    }
}
#else

// GCC gives up on completely unrolling loops of this size and would keep the sums in memory.
#define SLICECAST_UNROLL _Pragma("GCC unroll 16")

// Register tile: sums of kTallest rows, `dilation` apart, by kWide vectors stay in registers while
// all edges pass. Rows that far apart share what they read: a tile of K rows reads K + 2 rows
// where single rows would read 3 K. What is left of the registers holds nine weights (AVX-512) or
// three (others).
#if HWY_TARGET == HWY_AVX3
constexpr int kTallest = 8, kWide = 2;
#elif HWY_TARGET == HWY_AVX2
constexpr int kTallest = 4, kWide = 2;
#else
constexpr int kTallest = 4, kWide = 1;
#endif

// A vector that is loaded once and stays in a register. Without this GCC makes each of the three
// multiply-adds that read it load it again, and loads across cache lines are what limits.
HWY_INLINE Vector Loaded(Vector x) {
#if HWY_TARGET == HWY_AVX3
  __asm__("" : "+v"(x.raw));
#elif HWY_TARGET == HWY_AVX2
  __asm__("" : "+x"(x.raw));
#endif
  return x;
}

// Rows `row`, row + dilation, ... of K; V vectors from `column`. What lies `ahead` (floats) of each
// row is fetched meanwhile: the rows of a tile are too many streams for a processor to foresee.
template <int K, int V>
HWY_INLINE void Tile(const PlaneSet* sets, const EdgeSum& sum, int row, int column,
                     std::ptrdiff_t ahead) {
  const Tag d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  const int dilation = sum.dilation;
  const PlaneSet& own = sets[sum.target.set];
  float* HWY_RESTRICT target = own.slot(sum.target.slot);
  Vector acc[K][V];
  SLICECAST_UNROLL for (int k = 0; k < K; ++k) {
    const float* at = target + own.rows[row + k * dilation] + column;
    SLICECAST_UNROLL for (int v = 0; v < V; ++v) acc[k][v] =
        sum.begins ? hn::Set(d, sum.bias) : hn::Load(d, at + v * lanes);
    for (int i = 0; i < V * lanes; i += kColumnUnit) __builtin_prefetch(at + ahead + i, 1);
  }
  const float* weight = sum.weights;
  for (int s = 0; s < sum.count; ++s, weight += 9) {
    const PlaneSet& set = sets[sum.sources[s].set];
    const float* source = set.slot(sum.sources[s].slot);
    const std::ptrdiff_t* rows = set.rows + row - dilation;
#if HWY_TARGET == HWY_AVX3
    Vector w[9];
    SLICECAST_UNROLL for (int i = 0; i < 9; ++i) w[i] = hn::Set(d, weight[i]);
    SLICECAST_UNROLL for (int q = 0; q < K + 2; ++q) {
      const float* at = source + rows[q * dilation] + column;
      for (int i = 0; i < V * lanes; i += kColumnUnit) __builtin_prefetch(at + ahead + i);
      at -= dilation;
      SLICECAST_UNROLL for (int j = 0; j < 3; ++j, at += dilation)
          SLICECAST_UNROLL for (int v = 0; v < V; ++v) {
        const Vector x = Loaded(hn::LoadU(d, at + v * lanes));
        if (q < K) acc[q][v] = hn::MulAdd(w[j], x, acc[q][v]);
        if (q >= 1 && q <= K) acc[q - 1][v] = hn::MulAdd(w[3 + j], x, acc[q - 1][v]);
        if (q >= 2) acc[q - 2][v] = hn::MulAdd(w[6 + j], x, acc[q - 2][v]);
      }
    }
#else
    SLICECAST_UNROLL for (int j = 0; j < 3; ++j) {
      const Vector top = hn::Set(d, weight[j]);
      const Vector middle = hn::Set(d, weight[3 + j]);
      const Vector bottom = hn::Set(d, weight[6 + j]);
      const float* shifted = source + column + (j - 1) * dilation;
      SLICECAST_UNROLL for (int q = 0; q < K + 2; ++q)
          SLICECAST_UNROLL for (int v = 0; v < V; ++v) {
        const float* at = shifted + rows[q * dilation] + v * lanes;
        if (j == 1 && v * lanes % kColumnUnit == 0) __builtin_prefetch(at + ahead);
        const Vector x = Loaded(hn::LoadU(d, at));
        if (q < K) acc[q][v] = hn::MulAdd(top, x, acc[q][v]);
        if (q >= 1 && q <= K) acc[q - 1][v] = hn::MulAdd(middle, x, acc[q - 1][v]);
        if (q >= 2) acc[q - 2][v] = hn::MulAdd(bottom, x, acc[q - 2][v]);
      }
    }
#endif
  }
  SLICECAST_UNROLL for (int k = 0; k < K; ++k) {
    float* at = target + own.rows[row + k * dilation] + column;
    SLICECAST_UNROLL for (int v = 0; v < V; ++v)
        hn::Store(sum.ends ? hn::Max(acc[k][v], hn::Zero(d)) : acc[k][v], d, at + v * lanes);
  }
}

template <int K>
HWY_NOINLINE void Strip(const PlaneSet* sets, const EdgeSum& sum, const Region& region, int row,
                        int next_row) {
  const int lanes = static_cast<int>(hn::Lanes(Tag())), wide = kWide * lanes;
  const std::ptrdiff_t* rows = sets[sum.target.set].rows;
  const std::ptrdiff_t right = wide + kColumnUnit, down = rows[next_row] - rows[row];
  int column = region.column_begin;
  for (; column + wide - lanes < region.column_end; column += wide) {
    // One line further than the next tile: its first line has been fetched for this one.
    const bool last = column + wide >= region.column_end;
    Tile<K, kWide>(sets, sum, row, column, last ? down + region.column_begin - column : right);
  }
  for (; column < region.column_end; column += lanes)
    Tile<K, 1>(sets, sum, row, column, down + region.column_begin - column);
}

// Rows first, first + dilation, ... below region.row_end, in tiles of nearly equal height.
HWY_INLINE void Chain(const PlaneSet* sets, const EdgeSum& sum, const Region& region, int first) {
  const int length = (region.row_end - first + sum.dilation - 1) / sum.dilation;
  const int tiles = (length + kTallest - 1) / kTallest;
  for (int t = 0; t < tiles; ++t) {
    const int begin = length * t / tiles, height = length * (t + 1) / tiles - begin;
    const int row = first + begin * sum.dilation;
    int next = t + 1 < tiles ? row + height * sum.dilation : first + 1;
    if (next + (height - 1) * sum.dilation >= region.row_end) next = row;
    switch (height) {
      case 1: Strip<1>(sets, sum, region, row, next); break;
      case 2: Strip<2>(sets, sum, region, row, next); break;
      case 3: Strip<3>(sets, sum, region, row, next); break;
      case 4: Strip<4>(sets, sum, region, row, next); break;
#if HWY_TARGET == HWY_AVX3
      case 5: Strip<5>(sets, sum, region, row, next); break;
      case 6: Strip<6>(sets, sum, region, row, next); break;
      case 7: Strip<7>(sets, sum, region, row, next); break;
      case 8: Strip<8>(sets, sum, region, row, next); break;
#endif
      default: break;
    }
  }
}

void SumEdges(const PlaneSet* sets, const EdgeSum& sum, const Region& region) {
  const int chains = std::min(sum.dilation, region.row_end - region.row_begin);
  for (int j = 0; j < chains; ++j) Chain(sets, sum, region, region.row_begin + j);
}
#endif

// C output channels from `first`, V vectors.
template <int C, int V>
HWY_INLINE void FinalTile(const PlaneSet* sets, const FinalSum& sum, int first, int row, int column,
                          float* HWY_RESTRICT out, std::ptrdiff_t channel_stride) {
  const Tag d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  Vector acc[C][V];
  for (int c = 0; c < C; ++c)
    for (int v = 0; v < V; ++v)
      acc[c][v] = sum.begins ? hn::Set(d, sum.biases[first + c])
                             : hn::Load(d, out + c * channel_stride + v * lanes);
  const float* weight = sum.weights + first;
  for (int s = 0; s < sum.count; ++s, weight += sum.outputs) {
    const PlaneSet& set = sets[sum.sources[s].set];
    const float* source = set.slot(sum.sources[s].slot) + set.rows[row] + column;
    Vector x[V];
    for (int v = 0; v < V; ++v) x[v] = hn::Load(d, source + v * lanes);
    for (int c = 0; c < C; ++c) {
      const Vector w = hn::Set(d, weight[c]);
      for (int v = 0; v < V; ++v) acc[c][v] = hn::MulAdd(w, x[v], acc[c][v]);
    }
  }
  for (int c = 0; c < C; ++c)
    for (int v = 0; v < V; ++v) hn::Store(acc[c][v], d, out + c * channel_stride + v * lanes);
}

template <int C>
HWY_INLINE void FinalRow(const PlaneSet* sets, const FinalSum& sum, int first, int row,
                         const Region& region, float* out, std::ptrdiff_t channel_stride) {
  const int lanes = static_cast<int>(hn::Lanes(Tag()));
  int column = region.column_begin;
  for (; column + lanes < region.column_end; column += 2 * lanes)
    FinalTile<C, 2>(sets, sum, first, row, column, out + column, channel_stride);
  for (; column < region.column_end; column += lanes)
    FinalTile<C, 1>(sets, sum, first, row, column, out + column, channel_stride);
}

void SumPlanes(const PlaneSet* sets, const FinalSum& sum, const Region& region, float* out,
               std::ptrdiff_t channel_stride, std::ptrdiff_t row_stride) {
  for (int r = region.row_begin; r < region.row_end; ++r)
    for (int first = 0; first < sum.outputs;) {
      float* at = out + first * channel_stride + r * row_stride;
      const int left = sum.outputs - first;
      // Groups of five to three leave registers for two vectors each, also with AVX2.
      if (left >= 5) {
        FinalRow<5>(sets, sum, first, r, region, at, channel_stride);
        first += 5;
      } else if (left >= 3) {
        FinalRow<3>(sets, sum, first, r, region, at, channel_stride);
        first += 3;
      } else if (left == 2) {
        FinalRow<2>(sets, sum, first, r, region, at, channel_stride);
        first += 2;
      } else {
        FinalRow<1>(sets, sum, first, r, region, at, channel_stride);
        first += 1;
      }
    }
}

// Independent chains, more than latency times throughput of any processor; one operand in memory.
double MultiplyAddRate() {
  const Tag d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  constexpr int kChains = 12, kRounds = 20000;
  HWY_ALIGN float factors[kChains * kColumnUnit];
  std::fill_n(factors, kChains * kColumnUnit, 1.0f);
  double best = 0;
  for (int repeat = 0; repeat < 15; ++repeat) {
    const auto start = std::chrono::steady_clock::now();
    Vector acc[kChains];
    for (int i = 0; i < kChains; ++i) acc[i] = hn::Zero(d);
    const Vector step = hn::Set(d, 0.5f);
    for (int round = 0; round < kRounds; ++round)
      for (int i = 0; i < kChains; ++i)
        acc[i] = hn::MulAdd(acc[i], step, hn::Load(d, factors + i * lanes));
    for (int i = 1; i < kChains; ++i) acc[0] = hn::Add(acc[0], acc[i]);
    hn::Store(acc[0], d, factors);  // one round later it is wanted: nothing can be left out
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    best = std::max(best, 2.0 * lanes * kChains * kRounds / taken.count() * 1e-9);
    std::fill_n(factors, kColumnUnit, factors[0] > 0 ? 1.0f : 0.0f);
  }
  return best;
}

}  // namespace slicecast::nn::msd::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace slicecast::nn::msd::kernels {

HWY_EXPORT(SumEdges);
HWY_EXPORT(SumPlanes);
HWY_EXPORT(MultiplyAddRate);

void sum_edges(const PlaneSet* sets, const EdgeSum& sum, const Region& region) {
  HWY_DYNAMIC_DISPATCH(SumEdges)(sets, sum, region);
}
void sum_planes(const PlaneSet* sets, const FinalSum& sum, const Region& region, float* out,
                std::ptrdiff_t channel_stride, std::ptrdiff_t row_stride) {
  HWY_DYNAMIC_DISPATCH(SumPlanes)(sets, sum, region, out, channel_stride, row_stride);
}
double multiply_add_rate() {
  return HWY_DYNAMIC_DISPATCH(MultiplyAddRate)();
}

}  // namespace slicecast::nn::msd::kernels
#endif
