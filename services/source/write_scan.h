// Writes a simulated scan as Data Exchange HDF5: the same frames that would be streamed, in order.
#pragma once

#include <cstdint>
#include <functional>

#include "common/base/error.h"
#include "common/config/option.h"

namespace slicecast::source {

// To settings' `write`. Scans without end are written for one window. Loss leaves projections out
// (the file keeps the ids of the others); duplicates are not written. Returns the number of frames.
// Errc::cancelled, and no file, once `stopping`, asked before each frame, says so.
Result<std::uint64_t> write_scan(const config::Settings& settings,
                                 const std::function<bool()>& stopping = {});

}  // namespace slicecast::source
