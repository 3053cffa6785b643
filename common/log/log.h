// Logging of a process: spdlog to stderr and, on request, to a rotating file.
#pragma once

#include <spdlog/spdlog.h>

#include <filesystem>
#include <string>

#include "common/base/error.h"

namespace slicecast::log {

// level: trace, debug, info, warning, error, critical. Call once at start.
Result<void> start(const std::string& service, const std::string& level,
                   const std::filesystem::path& file = {});

// True at most once per interval and call site key: for messages that a bad peer could repeat.
bool every(const char* key, double seconds);

}  // namespace slicecast::log
