// The version of every program of this build.
#pragma once

namespace slicecast::config {

const char* version();

}  // namespace slicecast::config
