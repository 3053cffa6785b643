// Every option of slicecast-projection, defined once, and what a set of values means.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "common/base/error.h"
#include "common/config/option.h"
#include "common/geometry/scan_geometry.h"
#include "common/ingest/recastx_scans.h"
#include "common/recon/backend.h"
#include "common/recon/processing.h"
#include "slicecast/v1/common.pb.h"

namespace slicecast::projection {

std::span<const config::Option> projection_options();

// What the options' own limits cannot tell: addresses, and pixel parameters without a scan.
Result<void> check(const config::Settings& settings);

// Axis column of the settings that leaves it to the scan.
inline constexpr double kAxisFromScan = -1;

// Parameters of an epoch: the settings, where they say "scan" what the scan announced. Ring
// correction is asked for only through `rings`; the pipeline adds it once there is a profile.
Result<recon::PixelParameters> pixel_parameters(const config::Settings& settings,
                                                bool scan_is_linear, double scan_incident_counts);

// The scan's geometry with the axis column replaced and tilt, roll and pitch added; validated.
Result<geometry::ScanGeometry> overridden(const geometry::ScanGeometry& scan,
                                          const config::Settings& settings);
v1::Window overridden(const v1::Window& scan, const config::Settings& settings);

// The live parameters as one JSON object, for FilteredStart.
std::string parameters_json(const config::Settings& settings);

// How `memory` is shared out; bytes.
struct MemoryPlan {
  std::size_t raw = 0;       // raw window
  std::size_t filtered = 0;  // ring of filtered projections
  std::size_t queue = 0;     // raw frames waiting
  std::size_t pool = 0;      // idle buffers of each of two pools
  std::size_t frame = 0;     // largest raw frame accepted
};
Result<MemoryPlan> memory_plan(const config::Settings& settings);

// What the recastx dialect does not say.
Result<ingest::RecastxScanConfig> recastx_scans(const config::Settings& settings);

}  // namespace slicecast::projection
