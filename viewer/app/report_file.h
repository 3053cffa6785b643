// What a run measured, for `slicecast bench viewer` and tests.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "viewer/app/session.h"

namespace slicecast::viewer {

// JSON: stages of frames in ms, latencies from mouse event to swap in ms, images and bytes, who did
// which job; the newest of what is counted over a while.
std::string report_text(const Session& session);
// With `noted`, JSON texts by name, under the key "noted".
Result<void> write_report_file(const std::filesystem::path& path, const Session& session,
                               const std::map<std::string, std::string>& noted);

}  // namespace slicecast::viewer
