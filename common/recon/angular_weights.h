// How much of the arc each projection of a window stands for.
//
// Weight = half the sum of the gaps to the two neighbouring angles, so that a missing projection is
// absorbed by its neighbours and nowhere else. Radians, double precision, O(n log n), pure.
#pragma once

#include <span>
#include <vector>

namespace slicecast::recon {

struct AngularWindow {
  double period_rad = 0;        // pi, 2 pi, or the arc of a short scan
  bool cyclic = true;           // false: short scan, whose two ends are no neighbours
  bool full = true;             // false: the first window is still filling
  double nominal_step_rad = 0;  // step of a complete window; 0: period / number of entries
};

struct AngularWeights {
  std::vector<double> weight_rad;  // by entry, in the order given
  double largest_gap_rad = 0;      // between neighbours; the open part of an arc is no gap
  int wide_gaps = 0;               // gaps of more than three nominal steps: mark the slices
};

// `unwrapped_rad` in any order. Cyclic and full: neighbours modulo the period, the weights sum to
// the period. A short scan, or a cyclic window that is not full and whose angles span less than a
// period: each end of the arc counts one nominal step (at most what is left of the period) on its
// outer side. Entries within a millionth of a step of each other (modulo the period) share evenly.
// A period that is not > 0 gives all zeros.
AngularWeights angular_weights(std::span<const double> unwrapped_rad, const AngularWindow& window);

}  // namespace slicecast::recon
