// The numbers that follow from a descriptor, resolved once and shared by every implementation of
// `Processor`: shapes, crops, padding, weights, bad pixels. Doubles, immutable.
#pragma once

#include <array>
#include <vector>

#include "common/recon/bad_pixels.h"
#include "common/recon/processing.h"
#include "common/recon/ramp.h"
#include "common/recon/upright.h"

namespace slicecast::recon {

// One geometry that stands for all projections of the scan, in upright unbinned pixels. With
// measured vectors: their mean (jitter of the vectors is second order in weights and ramp).
struct NominalScan {
  bool cone = false;
  double pixel_mm = 1;
  double source_axis_mm = 0, source_detector_mm = 0;
  double axis_column = 0, principal_column = 0, principal_row = 0;
  double half_fan = 0;
  double magnification() const { return cone ? source_detector_mm / source_axis_mm : 1; }
};

struct ProcessingPlan {
  UprightMap upright;
  NominalScan scan;
  Rectangle region;  // upright, unbinned, whole bins
  int binning = 1;
  ProcessedLayout layout;
  int left_pad = 0;  // columns added on the left by row widening
  double tau_mm = 1;
  RowPadding zero, taper;
  std::vector<std::uint8_t> bad;  // empty: none
  Interpolation interpolation;
  std::uint64_t bad_in_region = 0;

  // Centre of processed line (row, column) on the upright detector, unbinned pixels.
  double detector_column(double line_column) const;
  double detector_row(double line_row) const;
  // mm from the principal point, on the detector.
  double u_mm(double line_column) const;
  double v_mm(double line_row) const;

  // With roll_removed: position in the line image before straightening, (row, column).
  std::array<double, 2> before_straightening(double line_row, double line_column) const;
  double roll_cos = 1, roll_sin = 0;
};

// Shapes and padding only: quick. `desc` has passed validate().
ProcessingPlan plan_layout(const ProcessDesc& desc);
// All of it.
ProcessingPlan plan_processing(const ProcessDesc& desc);

// Redundancy weight of every line column for the frame at `angle_rad`.
std::vector<double> redundancy_weights(const ProcessDesc& desc, const ProcessingPlan& plan,
                                       double angle_rad);

}  // namespace slicecast::recon
