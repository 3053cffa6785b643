// Which projections make one window: what the scan announces, overridden by parameters, with the
// automatic parts resolved.
#pragma once

#include <cstdint>

#include "common/base/error.h"
#include "common/geometry/scan_geometry.h"
#include "common/recon/processing.h"
#include "slicecast/v1/common.pb.h"

namespace slicecast::projection {

struct ResolvedWindow {
  v1::WindowMode mode = v1::CONTINUOUS;
  recon::Coverage coverage = recon::Coverage::half_turn;
  std::uint32_t group_size = 1;  // nominal projections per window
  double period_rad = 0;         // pi, 2 pi or pi + fan
  double step_rad = 0;           // nominal, signed; 0: unknown
  bool guessed = false;          // neither announced nor derivable: group_size is a guess
  friend bool operator==(const ResolvedWindow&, const ResolvedWindow&) = default;
};

// `projections`: of the whole scan, 0: unknown. Errors name the parameter to set.
Result<ResolvedWindow> resolve_window(const v1::Window& asked, const geometry::ScanGeometry& g,
                                      std::uint64_t projections);

v1::Coverage to_proto(recon::Coverage coverage);

// Smallest angle of the group that frame `id` at `angle` belongs to (Parker weights start there).
double arc_start(const ResolvedWindow& window, std::uint64_t id, double angle_rad);

// The group that `id` belongs to.
inline std::uint64_t group_of(const ResolvedWindow& window, std::uint64_t id) {
  return id / window.group_size;
}

}  // namespace slicecast::projection
