// The parts of a scan's description that options decide, whether it is read or simulated.
#pragma once

#include "common/base/error.h"
#include "common/config/option.h"
#include "common/ingest/frame_event.h"
#include "common/io/recorded_window.h"
#include "services/source/order.h"

namespace slicecast::source {

// A half turn of a cone beam, which no reconstruction can use.
Result<void> check_coverage(const config::Settings& settings, geometry::Beam beam);

// Contradictions between options (file and phantom, loop and scans, ...), each with its remedy.
Result<void> check_options(const config::Settings& settings);

Order order_of(const config::Settings& settings);

// mode, coverage and group_size as given; group_size 0 becomes `projections_per_window`.
v1::Window window_of(const config::Settings& settings, std::uint64_t projections_per_window);

// What the options leave open, the window of a file decides; refuses a short scan that is not
// alternating.
Result<config::Settings> with_recorded_window(const config::Settings& settings,
                                              const io::RecordedWindow& window);

// Options that were given replace what `g` says: pixel, beam, distances, axis, principal point,
// tilt, orientation, measured vectors. Refuses a file of vectors that cannot be read, and options
// that a scan of measured vectors would ignore.
Result<void> apply_geometry(const config::Settings& settings, geometry::ScanGeometry& g);

}  // namespace slicecast::source
