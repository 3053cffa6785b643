// Every option of slicecast-source, defined once.
#pragma once

#include <span>

#include "common/config/option.h"

namespace slicecast::source {

std::span<const config::Option> source_options();  // beside the common ones; static lifetime

}  // namespace slicecast::source
