// The automatic rotation axis of a recorded scan.
#pragma once

#include "common/offline/filtered_scan.h"
#include "common/recon/axis_search.h"

namespace slicecast::offline {

// Reads line integrals of up to four rows at mid-height from the whole scan.
Result<recon::AxisOffer> find_axis(const ScanFrames& frames, const Options& options);

}  // namespace slicecast::offline
