#include <tbb/parallel_for.h>

#include <algorithm>

#include "common/nn/msd/run.h"

namespace slicecast::nn::msd {
namespace {

// Rows that a sweep goes down at a time, and columns of a tile of early edges: the sources of a
// block and the sums of a layer in such a tile stay in a second cache of 1 MiB.
constexpr int kBand = 48, kTileColumns = 512;

template <class Body>
void each(int count, const Body& body) {
  if (count == 1)
    body(0);
  else if (count > 1)
    tbb::parallel_for(0, count, body, tbb::simple_partitioner());
}

class Sweeping {
 public:
  Sweeping(const Plan& plan, const Slice& slice, const PaddedPlanes& planes)
      : plan_(plan), slice_(slice), planes_(planes), rows_(planes.rows()) {}

  // One chunk of rows per thread. Where two chunks meet, the steps that lag leave a wedge of rows,
  // which is filled in once both are done.
  void in_chunks(const Sweep& sweep, int chunks) const {
    const auto boundary = [&](int k) {
      return static_cast<int>(static_cast<std::int64_t>(rows_) * k / chunks);
    };
    each(chunks, [&](int k) { chunk(sweep, boundary(k), boundary(k + 1)); });
    each(chunks - 1, [&](int k) {
      for (const Step& step : sweep.steps)
        rows(step, boundary(k + 1) - step.lag, boundary(k + 1) + step.lag);
    });
  }

  // For more threads than chunks: all of them share the rows of one step after the other.
  void step_by_step(const Sweep& sweep) const {
    const int bands = (rows_ + kBand - 1) / kBand;
    if (!sweep.early.empty())
      each(bands, [&](int k) { early(sweep, k * kBand, std::min(rows_, k * kBand + kBand)); });
    for (const Step& step : sweep.steps)
      each(bands, [&](int k) { rows(step, k * kBand, std::min(rows_, k * kBand + kBand)); });
  }

 private:
  void chunk(const Sweep& sweep, int begin, int end) const {
    for (int top = begin; top < end + sweep.most_lag; top += kBand) {
      early(sweep, top, std::min(end, top + kBand));
      for (const Step& step : sweep.steps) {
        const int first = begin == 0 ? 0 : begin + step.lag;
        const int last = end == rows_ ? end : end - step.lag;
        rows(step, std::max(first, top - step.lag), std::min(last, top + kBand - step.lag));
      }
    }
  }

  void early(const Sweep& sweep, int top, int bottom) const {
    if (top >= bottom) return;
    for (int column = 0; column < planes_.columns(); column += kTileColumns)
      for (const Step& step : sweep.early)
        kernels::sum_edges(
            planes_.sets(), step.edges,
            {top, bottom, column, std::min(planes_.columns(), column + kTileColumns)});
  }

  void rows(const Step& step, int begin, int end) const {
    run_step(plan_, step, slice_, planes_, begin, end);
  }

  const Plan& plan_;
  const Slice& slice_;
  const PaddedPlanes& planes_;
  const int rows_;
};

}  // namespace

void run_swept(const Plan& plan, const Slice& slice, const PaddedPlanes& planes, int threads) {
  const Sweeping sweeping(plan, slice, planes);
  for (const Sweep& sweep : plan.sweeps) {
    // Chunks of fewer rows than they overlap by would leave everything to the wedges.
    if (threads <= std::max(1, planes.rows() / (2 * sweep.most_lag + kBand)))
      sweeping.in_chunks(sweep, threads);
    else
      sweeping.step_by_step(sweep);
  }
}

}  // namespace slicecast::nn::msd
