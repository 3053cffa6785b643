// A simulated scan of an analytic phantom as the options describe it. Each frame is rendered at its
// own time, index * frame_time, so that moving samples move; angles grow without end. With measured
// vectors it has one projection for each of them and is repeated as a file is.
#pragma once

#include "common/config/option.h"
#include "services/source/content.h"

namespace slicecast::source {

// Refuses what geometry, phantom or noise model refuse.
Result<std::unique_ptr<ScanContent>> make_simulated_content(const config::Settings& settings);

}  // namespace slicecast::source
