#include "common/offline/scan_window.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <string>

#include "common/recon/angular_weights.h"

namespace slicecast::offline {
namespace {

using recon::Coverage;

double median_step(std::vector<double> angles) {
  std::sort(angles.begin(), angles.end());
  std::vector<double> steps;
  for (std::size_t i = 1; i < angles.size(); ++i)
    if (angles[i] > angles[i - 1]) steps.push_back(angles[i] - angles[i - 1]);
  if (steps.empty()) return 0;
  const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
  std::nth_element(steps.begin(), middle, steps.end());
  return *middle;
}

Coverage automatic(const geometry::ScanGeometry& g, double covered, bool scattered) {
  // Scattered angles say nothing about the arc that was meant: as the projection server takes it.
  if (scattered) {
    const bool upright = g.tilt_rad == 0 && g.vectors.empty();
    return g.beam == geometry::Beam::parallel && upright ? Coverage::half_turn
                                                         : Coverage::full_turn;
  }
  const bool turn = covered >= 2 * std::numbers::pi;
  const double width = geometry::upright_columns(g);
  const bool off_centre = std::abs(geometry::axis_column(g) - (width - 1) / 2) > 0.1 * width;
  if (turn && off_centre) return Coverage::offset_axis;
  // Of a tilted axis the rays from opposite sides differ: half a turn is only half of them.
  const bool tilted = g.tilt_rad != 0 || !g.vectors.empty();
  if (g.beam == geometry::Beam::parallel && !(turn && tilted)) return Coverage::half_turn;
  return turn ? Coverage::full_turn : Coverage::short_scan;
}

std::optional<Coverage> recorded(const std::string& name) {
  if (name == "half_turn") return Coverage::half_turn;
  if (name == "full_turn") return Coverage::full_turn;
  if (name == "short_scan") return Coverage::short_scan;
  if (name == "offset_axis") return Coverage::offset_axis;
  return std::nullopt;
}

double period_of(Coverage coverage, const geometry::ScanGeometry& g) {
  switch (coverage) {
    case Coverage::half_turn: return std::numbers::pi;
    case Coverage::short_scan: return std::numbers::pi + 2 * geometry::half_fan_angle(g);
    case Coverage::full_turn:
    case Coverage::offset_axis: return 2 * std::numbers::pi;
  }
  return std::numbers::pi;
}

}  // namespace

Result<void> check_angles(const ScanFrames& frames) {
  const auto& angles = frames.angles_rad;
  if (angles.size() < 2)
    return Error{Errc::invalid_argument,
                 "a reconstruction needs at least 2 projections; the scan has " +
                     std::to_string(angles.size())};
  if (std::ranges::all_of(angles, [&](double angle) { return angle == angles.front(); }))
    return Error{Errc::invalid_argument,
                 "all " + std::to_string(angles.size()) +
                     " projections have the same angle; correct the angles of the file or give "
                     "--angle-step"};
  return {};
}

Result<ScanWindow> choose_window(const ScanFrames& frames, std::optional<Coverage> coverage,
                                 Extent extent) {
  if (auto differ = check_angles(frames); !differ) return differ.error();
  const auto& g = frames.geometry;
  const auto& angles = frames.angles_rad;
  const auto [low, high] = std::minmax_element(angles.begin(), angles.end());
  ScanWindow window;
  window.step_rad = median_step(angles);
  // Half a step of tolerance: encoders jitter.
  const double covered = *high - *low + 1.5 * window.step_rad;
  if (!coverage) coverage = recorded(frames.window.coverage);
  const bool last_n = frames.window.mode == "last_n";
  window.coverage = coverage.value_or(automatic(g, covered, last_n));
  if (window.coverage == Coverage::half_turn && g.beam == geometry::Beam::cone)
    return Error{Errc::invalid_argument,
                 "half a turn does not cover a cone beam; set --coverage full_turn or short_scan"};
  window.period_rad = period_of(window.coverage, g);
  window.incomplete = covered < window.period_rad;
  if (window.incomplete && g.beam == geometry::Beam::cone) {
    const auto degrees = [](double rad) {
      return std::to_string(static_cast<int>(std::lround(rad * 180 / std::numbers::pi)));
    };
    return Error{Errc::invalid_argument,
                 "the angles cover " + degrees(covered) + " degrees, this coverage needs " +
                     degrees(window.period_rad) + "; record more or set another --coverage"};
  }

  const bool cyclic = window.coverage != Coverage::short_scan;
  if (extent == Extent::newest) {
    window.projections = newest_projections(frames, window.period_rad, window.step_rad, cyclic);
  } else {
    window.projections.resize(angles.size());
    std::iota(window.projections.begin(), window.projections.end(), std::size_t{0});
  }
  if (last_n) {
    const auto count = static_cast<double>(window.projections.size());
    window.step_rad = window.period_rad / count;
  }
  std::vector<double> chosen;
  for (std::size_t i : window.projections) chosen.push_back(angles[i]);
  window.arc_start_rad = *std::min_element(chosen.begin(), chosen.end());
  const auto weights = recon::angular_weights(
      chosen, {window.period_rad, cyclic, !window.incomplete, window.step_rad});
  window.wide_gaps = weights.wide_gaps;
  const double cosine = geometry::tilt_cosine(g);
  for (std::size_t k = 0; k < chosen.size(); ++k)
    window.weights_rad.push_back(weights.weight_rad[k] * cosine);
  return window;
}

}  // namespace slicecast::offline
