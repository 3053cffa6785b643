#include "services/source/arc.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace slicecast::source {
namespace {

using std::numbers::pi;

constexpr double kWholeTurnTolerance = 0.6;  // steps: files count the closing angle or leave it out

}  // namespace

bool half_turn_suffices(const geometry::ScanGeometry& g) {
  return g.beam == geometry::Beam::parallel && g.tilt_rad == 0 && g.vectors.empty();
}

Result<config::Settings> with_known_coverage(const config::Settings& settings,
                                             const geometry::ScanGeometry& g, double arc_rad) {
  config::Settings known = settings;
  const bool half = g.beam == geometry::Beam::parallel && !half_turn_suffices(g) &&
                    std::abs(arc_rad) < 2 * pi * (1 - 1e-9);
  if (!half || settings.text("coverage") != "auto") return known;
  if (auto set = known.set_text("coverage", "half_turn"); !set) return set.error();
  return known;
}

double window_arc(const config::Settings& settings, const geometry::ScanGeometry& g) {
  const auto& coverage = settings.text("coverage");
  if (coverage == "half_turn") return pi;
  if (coverage == "full_turn" || coverage == "offset_axis") return 2 * pi;
  if (coverage == "short_scan") return pi + 2 * geometry::half_fan_angle(g);
  return half_turn_suffices(g) ? pi : 2 * pi;
}

double even_step(const std::vector<double>& angles) {
  if (angles.size() < 2) return 0;
  const double step = (angles.back() - angles.front()) / static_cast<double>(angles.size() - 1);
  for (std::size_t i = 0; i < angles.size(); ++i) {
    if (std::abs(angles[i] - angles.front() - step * static_cast<double>(i)) > 0.5 * std::abs(step))
      return 0;
  }
  return step;
}

bool is_whole_turns(double arc_rad) {
  const double turns = std::abs(arc_rad) / (2 * pi);
  return turns > 0.5 && std::abs(turns - std::round(turns)) < 1e-9;
}

double covered_arc(const std::vector<double>& angles_rad) {
  if (angles_rad.size() < 2) return 0;
  const auto [lowest, highest] = std::ranges::minmax(angles_rad);
  const double step = (highest - lowest) / static_cast<double>(angles_rad.size() - 1);
  double arc = highest - lowest + step;
  const double whole = std::round(arc / (2 * pi)) * 2 * pi;
  if (whole > 0 && std::abs(arc - whole) <= (1 + kWholeTurnTolerance) * step &&
      arc - whole >= -kWholeTurnTolerance * step) {
    // One step too long: the file closes the circle with the first angle again.
    arc = whole;
  }
  return angles_rad.back() < angles_rad.front() ? -arc : arc;
}

std::uint64_t projections_per_window(std::uint64_t projections, double arc_rad, double window_rad) {
  if (arc_rad == 0) return projections;
  const auto all = static_cast<double>(projections);
  return static_cast<std::uint64_t>(
      std::clamp(std::round(all * window_rad / std::abs(arc_rad)), 1.0, all));
}

}  // namespace slicecast::source
