#include <algorithm>

#include "common/nn/msd/output_kernels.h"
#include "common/nn/msd/run.h"

namespace slicecast::nn::msd {
namespace {

void load_row(const Plan& plan, const Step& step, const Slice& slice, const PaddedPlanes& planes,
              int row) {
  const auto channel = static_cast<std::size_t>(step.channel);
  const Affine affine = plan.scale_in[channel];
  const auto from = slice.channels[channel].row(row);
  float* to = planes.row(step.plane, row);
  for (std::size_t i = 0; i < from.size(); ++i) to[i] = from[i] * affine.scale + affine.shift;
}

void conclude_row(const Plan& plan, const Slice& slice, const PaddedPlanes& planes, int row) {
  const int columns = planes.columns();
  const std::ptrdiff_t channel_stride = slice.stride * planes.rows();
  float* sums = slice.sums + row * slice.stride;
  if (slice.outputs.empty()) {
    kernels::label_row(sums, channel_stride, plan.scale_out, columns, slice.labels.row(row).data());
    return;
  }
  kernels::finish_row(sums, channel_stride, plan.scale_out, plan.output, columns);
  for (std::size_t c = 0; c < slice.outputs.size(); ++c)
    std::copy_n(sums + static_cast<std::ptrdiff_t>(c) * channel_stride, columns,
                slice.outputs[c].row(row).data());
}

}  // namespace

void run_step(const Plan& plan, const Step& step, const Slice& slice, const PaddedPlanes& planes,
              int begin, int end) {
  if (begin >= end) return;
  const kernels::Region region{begin, end, 0, planes.columns()};
  switch (step.kind) {
    case Step::Kind::load:
      for (int r = begin; r < end; ++r) load_row(plan, step, slice, planes, r);
      planes.extend_rows(step.plane, begin, end);
      break;
    case Step::Kind::edges:
      kernels::sum_edges(planes.sets(), step.edges, region);
      planes.extend_rows(step.plane, begin, end);
      break;
    case Step::Kind::outputs:
      kernels::sum_planes(planes.sets(), step.outputs, region, slice.sums,
                          slice.stride * planes.rows(), slice.stride);
      if (step.concludes)
        for (int r = begin; r < end; ++r) conclude_row(plan, slice, planes, r);
      break;
  }
}

}  // namespace slicecast::nn::msd
