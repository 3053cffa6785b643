// How much negative attenuation the slice of a candidate axis has. Internal to the axis search.
#pragma once

#include <vector>

#include "common/recon/axis_lines.h"

namespace slicecast::recon::axis {

// Rows filtered once with a Hann-windowed ramp up to half the Nyquist frequency: the upper half
// holds the noise and the streaks of few angles, which the measure must not count.
class SliceScore {
 public:
  // `around`: the field of view and the points of the slices are those of this axis column.
  SliceScore(const Lines& lines, double around);
  // Negative share of the total absolute attenuation over all rows.
  double at(double column, std::stop_token stop) const;
  // The same for one row.
  double row_at(int row, double column, std::stop_token stop) const;

 private:
  struct Point {
    float x_mm, y_mm;
  };
  void sums(int row, double column, std::stop_token stop, double& negative, double& total) const;
  const Lines& lines_;
  std::vector<float> filtered_;
  std::vector<double> weights_;
  std::vector<Point> points_;
};

// Starts from the best of `starts` (reduced columns) and descends.
Result<AxisOffer> search_slices(const Lines& lines, const std::vector<double>& starts,
                                std::stop_token stop);

// Column of the axis from the centre of mass of the projections, which moves as
// c + a cos(theta) + b sin(theta) (first Helgason-Ludwig condition); for samples within the beam.
double axis_from_mass(const Lines& lines);

}  // namespace slicecast::recon::axis
