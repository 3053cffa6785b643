// Mirrored rays: p(theta, gamma) = p(theta + pi - 2 gamma, -gamma), gamma = fan angle against the
// ray through the axis (parallel: 0). How well this holds tells where the axis is. Internal to the
// axis search.
#pragma once

#include <complex>
#include <vector>

#include "common/recon/axis_lines.h"

namespace slicecast::recon::axis {

// Sums over the compared derivatives of both sides.
struct Mismatch {
  double difference = 0;  // sum |a - b|^2
  double energy = 0;      // sum |a|^2 + |b|^2
  double samples = 0;
  double relative() const { return energy > 0 ? difference / energy : 1; }
};

// Compares single projections with what lies half a turn from them, linearly interpolated (at the
// ends of the arc extrapolated by up to one and a half steps) in the angle.
class MirrorPairs {
 public:
  explicit MirrorPairs(const Lines& lines);
  bool empty() const { return projections_.empty(); }
  Mismatch at(double column) const;
  double total_energy() const { return total_energy_; }

 private:
  float interpolated(int row, double angle, double u, bool& valid) const;
  const Lines& lines_;
  std::vector<float> smooth_;
  std::vector<int> projections_;
  double total_energy_ = 0;
};

// Compares angular harmonics P_n(u) of a full turn: P_n(gamma) e^{i n gamma} =
// (-1)^n P_n(-gamma) e^{-i n gamma}. Exact between angles as far as the harmonics are not aliased;
// the upper ones are tapered.
class MirrorHarmonics {
 public:
  MirrorHarmonics(const Lines& lines, int most_harmonics);
  Mismatch at(double column) const;
  double total_energy() const { return total_energy_; }

 private:
  const Lines& lines_;
  int harmonics_ = 0;
  std::vector<double> taper_;
  std::vector<std::complex<float>> spectrum_;  // [row][column][harmonic]
  double total_energy_ = 0;
};

// Least mismatch over the whole detector by steps of half a column, then refined. `offer.column` is
// of the upright detector.
template <class Mirror>
Result<AxisOffer> search(const Lines& lines, const Mirror& coarse, const Mirror& fine,
                         std::stop_token stop);
extern template Result<AxisOffer> search(const Lines&, const MirrorPairs&, const MirrorPairs&,
                                         std::stop_token);
extern template Result<AxisOffer> search(const Lines&, const MirrorHarmonics&,
                                         const MirrorHarmonics&, std::stop_token);

}  // namespace slicecast::recon::axis
