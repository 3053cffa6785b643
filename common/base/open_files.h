// The limit of open files. Every connection is one, and so is what libzmq and threads wake each
// other with; libzmq ends the process where it cannot have one.
#pragma once

#include "common/base/error.h"

namespace slicecast {

// Raises the limit as far as this process may. resource_exhausted when that is too few for any
// service.
Result<void> raise_limit_of_open_files();

}  // namespace slicecast
