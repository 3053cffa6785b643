#include "common/recon/angular_weights.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace slicecast::recon {
namespace {

struct Direction {  // entries that coincide count as one
  double angle_rad;
  std::size_t first, count;  // run in the sorted order
};

std::vector<double> positions_on_arc(std::span<const double> unwrapped, double period,
                                     bool wrapped) {
  std::vector<double> positions(unwrapped.begin(), unwrapped.end());
  if (!wrapped) return positions;
  for (double& angle : positions) {
    angle -= period * std::floor(angle / period);
    if (angle >= period) angle = 0;  // floor of a tiny negative quotient
  }
  return positions;
}

std::vector<Direction> merged(const std::vector<double>& positions,
                              const std::vector<std::size_t>& order, double tolerance) {
  std::vector<Direction> directions;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const double angle = positions[order[i]];
    if (!directions.empty() && angle - positions[order[i - 1]] <= tolerance)
      ++directions.back().count;
    else
      directions.push_back({angle, i, 1});
  }
  return directions;
}

}  // namespace

AngularWeights angular_weights(std::span<const double> unwrapped_rad, const AngularWindow& window) {
  AngularWeights result;
  result.weight_rad.assign(unwrapped_rad.size(), 0.0);
  const double period = window.period_rad;
  if (unwrapped_rad.empty() || !(period > 0)) return result;

  const double step = window.nominal_step_rad > 0
                          ? window.nominal_step_rad
                          : period / static_cast<double>(unwrapped_rad.size());
  const double tolerance = 1e-6 * step;
  const auto [lowest, highest] = std::minmax_element(unwrapped_rad.begin(), unwrapped_rad.end());
  const double span = *highest - *lowest;
  const bool open = !window.cyclic || (!window.full && span < period - tolerance);

  const auto positions = positions_on_arc(unwrapped_rad, period, !open);
  std::vector<std::size_t> order(positions.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return positions[a] < positions[b]; });
  auto directions = merged(positions, order, tolerance);

  // Rounding may put one of two mirror images just below the period and the other at zero.
  bool seam_merged = false;
  if (!open && directions.size() > 1) {
    const double seam = positions[order.front()] + period - positions[order.back()];
    seam_merged = seam <= tolerance;
  }
  const std::size_t tail = seam_merged ? directions.back().count : 0;
  if (seam_merged) directions.pop_back();

  const double outer = window.cyclic ? std::min(step, std::max(0.0, period - span)) : step;
  const std::size_t n = directions.size();
  const auto gap_after = [&](std::size_t i) {
    if (i + 1 < n) return directions[i + 1].angle_rad - directions[i].angle_rad;
    return open ? outer : directions.front().angle_rad + period - directions.back().angle_rad;
  };
  double before = gap_after(n - 1);
  for (std::size_t i = 0; i < n; ++i) {
    const double after = gap_after(i);
    if (!open || i + 1 < n) {
      result.largest_gap_rad = std::max(result.largest_gap_rad, after);
      if (after > 3 * step * (1 + 1e-9)) ++result.wide_gaps;
    }
    const auto& direction = directions[i];
    const std::size_t sharing = direction.count + (i == 0 ? tail : 0);
    const double share = (before + after) / 2 / static_cast<double>(sharing);
    for (std::size_t k = 0; k < direction.count; ++k)
      result.weight_rad[order[direction.first + k]] = share;
    if (i == 0)
      for (std::size_t k = order.size() - tail; k < order.size(); ++k)
        result.weight_rad[order[k]] = share;
    before = after;
  }
  return result;
}

}  // namespace slicecast::recon
