// Every option of the slice server, defined once.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/config/option.h"

namespace slicecast::slice {

std::span<const config::Option> options();

// What types and ranges cannot say: poses that parse, an address or a name of the projection
// server, slices and a preview that fit the budget. For start-up and for live changes.
Result<void> check(const config::Settings& settings);

// The poses that the option `slices` names, in words.
std::vector<std::string> initial_poses(const config::Settings& settings);

}  // namespace slicecast::slice
