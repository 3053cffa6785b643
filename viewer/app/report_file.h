// What a run measured, for `slicecast bench viewer` and tests; and what a screenshot shows.
#pragma once

#include <filesystem>

#include "viewer/app/session.h"

namespace slicecast::viewer {

// JSON: stages of frames in ms, latencies from mouse event to swap in ms, images and bytes.
Result<void> write_report_file(const std::filesystem::path& path, const Session& session);

// Poses, versions, limits and colour map of what is on the screen.
void describe_view(const Session& session, Provenance& provenance);

}  // namespace slicecast::viewer
