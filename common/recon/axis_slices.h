// How much negative attenuation the slice of a candidate axis has. Internal to the axis search.
#pragma once

#include <array>
#include <vector>

#include "common/recon/axis_lines.h"

namespace slicecast::recon::axis {

// Rows filtered once with a Hann-windowed ramp up to half the Nyquist frequency: the upper half
// holds the noise and the streaks of few angles, which the measure must not count.
class SliceScore {
 public:
  // Sums over the slice of each row; the share of negative attenuation is the measure.
  struct RowShares {
    std::array<double, kMostAxisRows> negative{}, total{};
    double all() const;  // over all rows
  };
  enum class Effort { coarse, fine };

  // `around`: the field of view and the points of the slices are those of this axis column.
  SliceScore(const Lines& lines, double around);
  // The same rows, other points. Cone beam: the short-scan weights stay those of the first axis.
  void place_points(double around);
  // Negative share of the total absolute attenuation over all rows.
  double at(double column, std::stop_token stop) const;
  // From a third of the points and few projections: good to a column, at a tenth of the cost.
  double coarse_at(double column, std::stop_token stop) const;
  RowShares shares(double column, Effort effort, std::stop_token stop) const;

 private:
  struct Point {
    float x_mm, y_mm;
  };
  using Rows = std::array<float, kMostAxisRows>;  // one column of all rows, side by side
  const Lines& lines_;
  std::vector<int> views_;      // projections that are read
  std::vector<Rows> filtered_;  // [view][column]
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
