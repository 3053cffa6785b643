// CURVE keys as files: one Z85 key of 40 characters per file.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/base/error.h"

namespace slicecast::wire {

// Writes `secret.key` (mode 0600) and `public.key` and makes `allowed/`; refuses to overwrite.
// Returns the public key.
Result<std::string> generate_keys(const std::filesystem::path& directory);

Result<std::string> read_key(const std::filesystem::path& file);

// Keys of every readable `allowed/*.key`; what cannot be read is left out, never let in.
std::vector<std::string> allowed_keys(const std::filesystem::path& directory);

}  // namespace slicecast::wire
