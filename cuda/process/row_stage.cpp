#include "cuda/process/row_stage.h"

#include <algorithm>
#include <vector>

#include "common/recon/ramp.h"
#include "cuda/kernels/process_long_rows.h"
#include "cuda/kernels/process_ramp.h"
#include "cuda/process/filter_lengths.h"
#include "cuda/process/row_tables.h"

namespace slicecast::cuda {
namespace {

using recon::Padding;
using recon::RampFilter;

unsigned pairs_of(const FrameList& list) {
  return (static_cast<unsigned>(list.rows) * list.frames + 1) / 2;
}

LaunchShape per_column(int columns, unsigned rows) {
  LaunchShape shape = shape_for(static_cast<std::size_t>(columns), 128);
  shape.blocks_y = rows;
  return shape;
}

}  // namespace

RowStage::Filter RowStage::add(const recon::RowPadding& padding, const recon::ProcessDesc& desc,
                               double tau_mm) {
  Filter filter;
  filter.padding = padding;
  const int extended = padding.columns + 2 * padding.taper;
  filter.length = filter_length(extended, device_.facts().shared_bytes_per_block);
  filter.by_kernel = filter.length != 0;
  if (!filter.by_kernel) filter.length = long_filter_length(extended);
  const auto gain = filter_gain(padding, tau_mm, desc.parameters, filter.length);
  filter.gain = tables_.add(filter.by_kernel ? in_spectrum_order(gain) : gain);
  if (filter.by_kernel) filter.twiddles = tables_.add(twiddle_table(filter.length));
  std::vector<float> weights;
  for (int k = 1; k <= padding.taper; ++k)
    weights.push_back(static_cast<float>(recon::taper_weight(k, padding.taper)));
  filter.taper_weight = tables_.add(weights);
  return filter;
}

Result<std::unique_ptr<RowStage>> RowStage::make(Device& device, const recon::ProcessDesc& desc,
                                                 const recon::ProcessingPlan& plan) {
  std::unique_ptr<RowStage> stage(new RowStage(device));
  const recon::PixelParameters& p = desc.parameters;
  if (p.filter != RampFilter::none && p.padding != Padding::edge_taper)
    stage->zero_ = stage->add(plan.zero, desc, plan.tau_mm);
  if (p.filter != RampFilter::none && p.padding != Padding::zero)
    stage->taper_ = stage->add(plan.taper, desc, plan.tau_mm);
  if (auto ok = stage->tables_.upload(device); !ok) return ok.error();
  return stage;
}

Result<void> RowStage::run(Lane& lane, RowInput in, const RowOutput& out, bool tapered,
                           FrameTally* tally) const {
  const std::optional<Filter>& chosen = tapered ? taper_ : zero_;
  if (!chosen) return weigh(lane, in, out, tally);
  const Filter& filter = *chosen;
  in.taper = filter.padding.taper;
  in.taper_weight = tables_.at<float>(filter.taper_weight);
  if (!filter.by_kernel) return filter_long(lane, filter, in, out, tally);
  const unsigned pairs = pairs_of(in.list);
  using Launched = std::optional<Result<void>>;
  return *with_filter_length(filter.length, [&]<int kLength>() -> Launched {
    using Kernel = FilterRows<kLength>;
    Kernel kernel;
    kernel.in = in;
    kernel.in.simple = in.is_simple();
    kernel.out = out;
    kernel.twiddles = tables_.at<Float2>(filter.twiddles);
    kernel.gain = tables_.at<float>(filter.gain);
    kernel.tally = tally;
    const LaunchShape shape{.blocks_x = (pairs + Kernel::kRows - 1) / Kernel::kRows,
                            .threads = Kernel::kMostThreads,
                            .shared_bytes = Kernel::kSharedBytes};
    return device_.launch(lane.stream, shape, kernel);
  });
}

Result<void> RowStage::weigh(Lane& lane, const RowInput& in, const RowOutput& out,
                             FrameTally* tally) const {
  WeighRows kernel;
  kernel.in = in;
  kernel.out = out;
  kernel.tally = tally;
  const unsigned jobs = static_cast<unsigned>(in.list.rows) * in.list.frames;
  constexpr unsigned kMostBlocks = 65535;  // of a grid's second dimension
  for (unsigned first = 0; first < jobs; first += kMostBlocks) {
    kernel.first_job = first;
    if (auto ok = device_.launch(
            lane.stream, per_column(in.columns, std::min(kMostBlocks, jobs - first)), kernel);
        !ok)
      return ok;
  }
  return {};
}

Result<void> RowStage::filter_long(Lane& lane, const Filter& filter, const RowInput& in,
                                   const RowOutput& out, FrameTally* tally) const {
  // A bounded number of rows at a time: complex rows of this length are sixteen times as large as
  // what they hold.
  const unsigned pairs = pairs_of(in.list);
  const auto chunk = std::min<unsigned>(
      pairs, std::max<unsigned>(1, (64U << 20) / (8U * static_cast<unsigned>(filter.length))));
  const auto rows = static_cast<int>(chunk);
  if (auto ok = lane.long_rows.reserve(
          device_, sizeof(Float2) * static_cast<std::size_t>(chunk) * filter.length);
      !ok)
    return ok;
  if (lane.row_fourier_rows != rows || lane.row_fourier_length != filter.length) {
    lane.row_fourier.reset();
    auto fourier = make_row_fourier(device_, rows, filter.length);
    if (!fourier) return fourier.error();
    lane.row_fourier = std::move(*fourier);
    lane.row_fourier_rows = rows;
    lane.row_fourier_length = filter.length;
  }
  auto* complex_rows = lane.long_rows.as<Float2>();
  LoadLongRows load;
  load.in = in;
  load.rows = complex_rows;
  load.length = filter.length;
  load.tally = tally;
  const MultiplyLongRows multiply{complex_rows, filter.length, tables_.at<float>(filter.gain)};
  StoreLongRows store;
  store.rows = complex_rows;
  store.length = filter.length;
  store.list = in.list;
  store.out = out;
  store.taper = in.taper;
  store.columns = in.columns;
  store.tally = tally;
  for (unsigned first = 0; first < pairs; first += chunk) {
    // Rows beyond the last pair are zeros, and are not stored.
    load.first_pair = store.first_pair = first;
    if (auto ok = device_.launch(lane.stream, per_column(filter.length, chunk), load); !ok)
      return ok;
    if (auto ok = lane.row_fourier->transform(lane.stream, complex_rows, false); !ok) return ok;
    if (auto ok = device_.launch(lane.stream, per_column(filter.length, chunk), multiply); !ok)
      return ok;
    if (auto ok = lane.row_fourier->transform(lane.stream, complex_rows, true); !ok) return ok;
    if (auto ok = device_.launch(lane.stream, per_column(in.columns, chunk), store); !ok) return ok;
  }
  return {};
}

}  // namespace slicecast::cuda
