#include "common/recon/cpu/row_filter.h"

#include <algorithm>
#include <cstring>

namespace slicecast::recon {

RowFilter::RowFilter(const ProcessDesc& desc, const ProcessingPlan& plan, const RowPadding& padding)
    : padding_(padding),
      line_columns_(plan.layout.line_columns),
      left_pad_(plan.left_pad),
      // A taper that only some frames ask for is not worth a slow start.
      plans_(row_plans(padding.length,
                       !desc.repeatable &&
                           (padding.taper == 0 || desc.parameters.padding == Padding::edge_taper))),
      gain_(2 * static_cast<std::size_t>(padding.length)) {
  const std::vector<double> gain = ramp_gain(padding, plan.tau_mm, desc.parameters);
  for (int k = 0; k < padding.length; ++k) {
    const double value = gain[std::min(k, padding.length - k)] / padding.length;
    gain_.get()[2 * k] = gain_.get()[2 * k + 1] = static_cast<float>(value);
  }
  for (int k = 1; k <= padding.taper; ++k)
    taper_.push_back(static_cast<float>(taper_weight(k, padding.taper)));
}

std::unique_ptr<RowFilter::Workspace> RowFilter::make_workspace() const {
  const std::size_t floats = 2 * static_cast<std::size_t>(padding_.length);
  auto w = std::make_unique<Workspace>();
  w->row = AlignedFloats(floats + kernels::kRowUnit);
  w->spectrum = AlignedFloats(floats + kernels::kRowUnit);
  return w;
}

// The left continuation lies at the end of the circle.
void RowFilter::continue_edges(float* row) const {
  const float first_a = row[0], first_b = row[1];
  float* last = row + 2 * (padding_.columns - 1);
  const float last_a = last[0], last_b = last[1];
  float* right = last + 2;
  float* left = row + 2 * (padding_.length - 1);
  for (const float weight : taper_) {
    right[0] = weight * last_a;
    right[1] = weight * last_b;
    left[0] = weight * first_a;
    left[1] = weight * first_b;
    right += 2;
    left -= 2;
  }
}

void RowFilter::filter(const float* a, const float* b, const kernels::RowWeights& weights,
                       float slope_v2_a, float slope_v2_b, Workspace& w, float* out_a,
                       float* out_b) const {
  float* row = w.row.get();
  const auto zero = [&](int from, int to) {
    std::memset(row + 2 * from, 0, 2 * sizeof(float) * (to - from));
  };
  // The last inverse transform has left its result in the whole buffer.
  zero(0, left_pad_);
  kernels::pack_weighted(a, b, line_columns_, weights, slope_v2_a, slope_v2_b, row + 2 * left_pad_);
  zero(left_pad_ + line_columns_, padding_.length);
  if (!taper_.empty()) continue_edges(row);

  plans_->forward(row, w.spectrum.get());
  kernels::multiply(w.spectrum.get(), gain_.get(), 2 * static_cast<std::size_t>(padding_.length));
  plans_->backward(w.spectrum.get(), row);
  kernels::unpack(row, padding_.columns, out_a, out_b);
}

}  // namespace slicecast::recon
