// What a projection server must remember over a restart, because detectors resend neither: mean
// dark and flat, geometry and scan id; and the parameters that were set while it ran.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "common/base/error.h"
#include "common/config/option.h"
#include "services/projection/calibration.h"
#include "slicecast/v1/bulk.pb.h"

namespace slicecast::projection {

// A parameter whose value is another than the one configured; both, so that a configuration changed
// since is noticed.
struct LiveParameter {
  config::Value configured, live;
};

struct SavedState {
  v1::ScanStart scan;  // empty scan_id: none
  CalibrationSet calibration;
  std::map<std::string, LiveParameter> parameters;
};

// state_directory/projection-<name>.state. Written beside and renamed, so that a crash leaves the
// old one; format: see saved_state.cpp.
std::filesystem::path state_path(const std::filesystem::path& directory, const std::string& name);
Result<void> write_state(const std::filesystem::path& path, const SavedState& state);
// Errc::not_found when there is none; Errc::malformed when it is damaged or foreign.
Result<SavedState> read_state(const std::filesystem::path& path);

}  // namespace slicecast::projection
