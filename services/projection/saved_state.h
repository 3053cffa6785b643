// What a projection server must remember over a restart, because detectors resend neither: mean
// dark and flat, geometry, scan id and the axis that was set.
#pragma once

#include <filesystem>
#include <optional>

#include "common/base/error.h"
#include "services/projection/calibration.h"
#include "slicecast/v1/bulk.pb.h"

namespace slicecast::projection {

struct SavedState {
  v1::ScanStart scan;  // empty scan_id: none
  CalibrationSet calibration;
  double axis_column = -1;  // as set by parameter; -1: left to the scan
};

// state_directory/projection-<name>.state. Written beside and renamed, so that a crash leaves the
// old one; format: see saved_state.cpp.
std::filesystem::path state_path(const std::filesystem::path& directory, const std::string& name);
Result<void> write_state(const std::filesystem::path& path, const SavedState& state);
// Errc::not_found when there is none; Errc::malformed when it is damaged or foreign.
Result<SavedState> read_state(const std::filesystem::path& path);

}  // namespace slicecast::projection
