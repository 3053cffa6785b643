#include <tbb/parallel_for.h>

#include <algorithm>
#include <limits>

#include "common/nn/msd/run.h"

namespace slicecast::nn::msd {
namespace {

// Output rows [begin, end). Steps go beyond them by their reach, which the neighbouring chunk
// computes too: rings keep nothing that it could take over.
void stream_chunk(const Plan& plan, const Slice& slice, const PaddedPlanes& planes, int begin,
                  int end) {
  const auto& steps = plan.sweeps.front().steps;
  const auto first = [&](const Step& step) { return std::max(0, begin - step.reach); };
  const auto last = [&](const Step& step) { return std::min(planes.rows(), end + step.reach); };
  int top = std::numeric_limits<int>::max(), bottom = 0;
  for (const Step& step : steps) {
    top = std::min(top, first(step) + step.lag);
    bottom = std::max(bottom, last(step) + step.lag);
  }
  for (; top < bottom; top += kStreamBand)
    for (const Step& step : steps)
      run_step(plan, step, slice, planes, std::max(first(step), top - step.lag),
               std::min(last(step), top + kStreamBand - step.lag));
}

}  // namespace

int stream_chunks(const Plan& plan, int rows, int threads) {
  if (!plan.streamed) return 1;
  int reach = kStreamBand;
  for (const Step& step : plan.sweeps.front().steps) reach = std::max(reach, step.reach);
  return std::clamp(rows / reach, 1, threads);
}

void run_streamed(const Plan& plan, const Slice& slice, std::span<const PaddedPlanes> planes) {
  const auto chunks = static_cast<int>(planes.size());
  const auto boundary = [&](int k) {
    return static_cast<int>(static_cast<std::int64_t>(planes.front().rows()) * k / chunks);
  };
  const auto chunk = [&](int k) {
    stream_chunk(plan, slice, planes[static_cast<std::size_t>(k)], boundary(k), boundary(k + 1));
  };
  if (chunks == 1)
    chunk(0);
  else
    tbb::parallel_for(0, chunks, chunk, tbb::simple_partitioner());
}

}  // namespace slicecast::nn::msd
