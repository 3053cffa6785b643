#include "services/projection/window.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace slicecast::projection {
namespace {

constexpr std::uint32_t kMaxGroup = 1u << 20;
constexpr std::uint32_t kGuessedGroup = 180;

// The median tells the nominal step of a table with a few odd angles in it.
double nominal_step(const geometry::ScanGeometry& g) {
  if (g.angle_table_rad.size() >= 2) {
    std::vector<double> steps(g.angle_table_rad.size() - 1);
    for (std::size_t i = 0; i < steps.size(); ++i)
      steps[i] = g.angle_table_rad[i + 1] - g.angle_table_rad[i];
    const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
    std::nth_element(steps.begin(), middle, steps.end());
    return *middle;
  }
  return g.angle_step_rad;
}

Result<recon::Coverage> resolved(v1::Coverage asked, const geometry::ScanGeometry& g) {
  switch (asked) {
    case v1::HALF_TURN:
      if (g.beam == geometry::Beam::cone)
        return Error{Errc::invalid_argument,
                     "a half turn does not cover a cone beam; set coverage to full_turn or "
                     "short_scan"};
      return recon::Coverage::half_turn;
    case v1::FULL_TURN: return recon::Coverage::full_turn;
    case v1::SHORT_SCAN: return recon::Coverage::short_scan;
    case v1::OFFSET_AXIS: return recon::Coverage::offset_axis;
    default: {
      // Opposite projections are mirror images only when the axis is upright.
      const bool one_half_says_all =
          g.beam == geometry::Beam::parallel && g.tilt_rad == 0 && g.vectors.empty();
      return one_half_says_all ? recon::Coverage::half_turn : recon::Coverage::full_turn;
    }
  }
}

double period_of(recon::Coverage coverage, const geometry::ScanGeometry& g) {
  switch (coverage) {
    case recon::Coverage::half_turn: return std::numbers::pi;
    case recon::Coverage::short_scan: return std::numbers::pi + 2 * geometry::half_fan_angle(g);
    default: return 2 * std::numbers::pi;
  }
}

}  // namespace

Result<ResolvedWindow> resolve_window(const v1::Window& asked, const geometry::ScanGeometry& g,
                                      std::uint64_t projections) {
  ResolvedWindow window;
  window.mode = asked.mode();
  if (window.mode != v1::ALTERNATING && window.mode != v1::LAST_N) window.mode = v1::CONTINUOUS;
  const auto coverage = resolved(asked.coverage(), g);
  if (!coverage) return coverage.error();
  window.coverage = *coverage;
  if (window.coverage == recon::Coverage::short_scan && window.mode != v1::ALTERNATING)
    return Error{Errc::invalid_argument,
                 "a short scan needs window_mode alternating, because its weights depend on where "
                 "the group starts; set window_mode to alternating"};
  window.period_rad = period_of(window.coverage, g);
  window.step_rad = nominal_step(g);

  const double steps =
      window.step_rad != 0 ? std::round(window.period_rad / std::abs(window.step_rad)) : 0;
  if (asked.group_size() > 0)
    window.group_size = std::min(asked.group_size(), kMaxGroup);
  else if (steps >= 1 && window.mode != v1::LAST_N)
    window.group_size = static_cast<std::uint32_t>(std::min<double>(steps, kMaxGroup));
  else if (projections > 0)
    window.group_size = static_cast<std::uint32_t>(std::min<std::uint64_t>(projections, kMaxGroup));
  else {
    window.group_size = kGuessedGroup;
    window.guessed = true;
  }
  if (window.step_rad == 0 && window.mode != v1::LAST_N)
    window.step_rad = window.period_rad / window.group_size;
  return window;
}

v1::Coverage to_proto(recon::Coverage coverage) {
  switch (coverage) {
    case recon::Coverage::half_turn: return v1::HALF_TURN;
    case recon::Coverage::full_turn: return v1::FULL_TURN;
    case recon::Coverage::short_scan: return v1::SHORT_SCAN;
    case recon::Coverage::offset_axis: return v1::OFFSET_AXIS;
  }
  return v1::COVERAGE_AUTO;
}

double arc_start(const ResolvedWindow& window, std::uint64_t id, double angle_rad) {
  const double within = static_cast<double>(id % window.group_size);
  const double first = angle_rad - within * window.step_rad;
  const double last = first + (window.group_size - 1.0) * window.step_rad;
  return std::min(first, last);
}

}  // namespace slicecast::projection
