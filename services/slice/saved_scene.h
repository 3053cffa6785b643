// Slices that clients pinned, which stay until somebody removes them: also over a restart of the
// slice server, whose clients may have gone long ago.
#pragma once

#include <filesystem>
#include <string>

#include "common/base/error.h"
#include "slicecast/v1/control.pb.h"

namespace slicecast::slice {

// state_directory/slice-<name>.json: a v1::Scene as protobuf writes it in JSON.
std::filesystem::path scene_path(const std::filesystem::path& directory, const std::string& name);

// Of a scene what is to be kept: pinned slices of others than `server`, which places its own.
v1::Scene kept_slices(const v1::Scene& scene, const std::string& server);

// Appears whole or not at all; makes the folder.
Result<void> write_scene(const std::filesystem::path& path, const v1::Scene& scene);
// Errc::not_found when there is none; Errc::malformed when it is damaged or foreign.
Result<v1::Scene> read_scene(const std::filesystem::path& path);

}  // namespace slicecast::slice
