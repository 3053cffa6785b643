// What a source takes of the machine's memory: known beforehand, so that too large a detector is
// one line instead of the kernel ending this process, or another one, and kept to while it streams,
// however slow the consumers.
#pragma once

#include <cstddef>

#include "common/base/error.h"
#include "common/config/option.h"
#include "common/geometry/scan_geometry.h"

namespace slicecast::source {

// Pixels that idle between the last reader of a frame and the next frame.
std::size_t pooled_bytes(std::size_t frame_bytes);

// At most: the ring, the `prepared` frames, those on their way, those in the pool, the detector of
// a simulation with frames of this size, and the program itself.
std::size_t memory_need(const config::Settings& settings, const geometry::ScanGeometry& g,
                        std::size_t frame_bytes, std::size_t prepared);

// resource_exhausted when a simulated scan does not fit into what is free now (MemAvailable, and
// the limit of the control group). Passes where the system does not tell.
Result<void> check_memory(const config::Settings& settings, const geometry::ScanGeometry& g);

}  // namespace slicecast::source
