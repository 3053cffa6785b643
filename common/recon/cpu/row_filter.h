// The ramp filter on pairs of rows: both travel as real and imaginary part of one complex
// transform. The gain is real and even, so that they come back apart.
#pragma once

#include "common/recon/cpu/fftw_plans.h"
#include "common/recon/cpu/process_kernels.h"
#include "common/recon/cpu/scratch.h"
#include "common/recon/processing_plan.h"

namespace slicecast::recon {

class RowFilter {
 public:
  struct Workspace {
    AlignedFloats row, spectrum;  // complex, 2 * length floats
  };

  RowFilter(const ProcessDesc& desc, const ProcessingPlan& plan, const RowPadding& padding);
  std::unique_ptr<Workspace> make_workspace() const;

  // Two work rows of line integrals, weighted, widened and filtered, to rows of layout.columns.
  // b and out_b may be null.
  void filter(const float* a, const float* b, const kernels::RowWeights& weights, float slope_v2_a,
              float slope_v2_b, Workspace& w, float* out_a, float* out_b) const;

 private:
  void continue_edges(float* row) const;

  RowPadding padding_;
  int line_columns_, left_pad_;
  std::shared_ptr<const RowPlans> plans_;
  AlignedFloats gain_;  // each twice, over the length
  std::vector<float> taper_;
};

}  // namespace slicecast::recon
