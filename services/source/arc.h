// What angles cover, and how many projections make one window of them.
#pragma once

#include <cstdint>
#include <vector>

#include "common/base/error.h"
#include "common/config/option.h"
#include "common/geometry/scan_geometry.h"

namespace slicecast::source {

// Whether opposite projections are mirror images: a parallel beam perpendicular to the axis.
bool half_turn_suffices(const geometry::ScanGeometry& g);

// Coverage half_turn where it is left open and the angles of a parallel scan that would need a
// whole turn do not cover one.
Result<config::Settings> with_known_coverage(const config::Settings& settings,
                                             const geometry::ScanGeometry& g, double arc_rad);

// Arc of one window by the option `coverage` and, where that is open, by the geometry.
double window_arc(const config::Settings& settings, const geometry::ScanGeometry& g);

// What the angles of one pass cover, the step after the last one included; n angles, any order.
// Within 0.6 steps of whole turns it is those turns exactly. Negative when they fall.
double covered_arc(const std::vector<double>& angles_rad);
bool is_whole_turns(double arc_rad);

// Nominal step; 0 when the angles are not evenly spaced.
double even_step(const std::vector<double>& angles_rad);

// Of `projections` that cover `arc_rad` together, those in one window; at least 1.
std::uint64_t projections_per_window(std::uint64_t projections, double arc_rad, double window_rad);

}  // namespace slicecast::source
