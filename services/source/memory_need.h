// What a simulated scan needs of the machine's memory, so that too large a detector is one line
// instead of the kernel ending this process, or another one.
#pragma once

#include "common/base/error.h"
#include "common/config/option.h"
#include "common/geometry/scan_geometry.h"

namespace slicecast::source {

// resource_exhausted when the frames and the detector of this scan do not fit into what is free now
// (MemAvailable, and the limit of the control group). Passes where the system does not tell.
Result<void> check_memory(const config::Settings& settings, const geometry::ScanGeometry& g);

}  // namespace slicecast::source
