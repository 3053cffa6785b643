// Transmissions of single pixels in double precision, for the reference and for the few pixels that
// decide about a whole frame (air region, edges).
#pragma once

#include "common/recon/processing_plan.h"

namespace slicecast::recon {

class Transmission {
 public:
  // Both must outlive this.
  Transmission(const ProcessDesc& desc, const ProcessingPlan& plan) : desc_(desc), plan_(plan) {}

  // (raw - dark)/(flat - dark), (raw - dark)/I0, or raw when already linear, of `count` pixels of
  // one upright row. May be non-finite at bad pixels.
  void row(const void* raw, int row, int column, int count, double* out) const;

  // Factor that makes the mean transmission of the air region 1; 1 when off or not computable.
  double air_scale(const void* raw) const;

 private:
  const ProcessDesc& desc_;
  const ProcessingPlan& plan_;
};

// Whether the sample reaches beyond the beam: the mean line integral of the four outermost columns
// on either side exceeds a tenth of the largest such mean across the detector. Looks at a fixed
// grid of pixels; bad ones take no part. Offset-axis scans: the long side's edge only.
class TruncationJudge {
 public:
  TruncationJudge(const ProcessDesc& desc, const ProcessingPlan& plan);
  bool truncated(const void* raw, double air_scale) const;

 private:
  const ProcessDesc& desc_;
  const ProcessingPlan& plan_;
  Transmission transmission_;
  std::vector<int> rows_;     // upright rows looked at
  std::vector<int> columns_;  // first column of each group; the outermost are the edges
  int width_;                 // columns of a group
  bool left_ = true, right_ = true;
};

}  // namespace slicecast::recon
