// Every option of the slice server, defined once.
#pragma once

#include <span>

#include "common/config/option.h"

namespace slicecast::slice {

std::span<const config::Option> options();

}  // namespace slicecast::slice
