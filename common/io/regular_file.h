// Opening a pipe waits for whoever writes into it, and replacing a device removes its node: what is
// read and what is written over must be a regular file.
#pragma once

#include <cstdint>
#include <filesystem>

#include "common/base/error.h"

namespace slicecast::io {

// Follows links. not_found when nothing is there, invalid_argument for folders, pipes, devices and
// sockets.
Result<void> check_readable_file(const std::filesystem::path& path);

// What a file written to `target` replaces: links lead to their file. What is there must be a
// regular file; nothing there is fine.
Result<std::filesystem::path> replaced_file(const std::filesystem::path& target);

// resource_exhausted when the folder of `target` has less than `bytes` left. A folder that does not
// tell passes.
Result<void> check_free_space(const std::filesystem::path& target, double bytes);

}  // namespace slicecast::io
