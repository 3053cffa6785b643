// The window that a scan announces, as files keep it.
#pragma once

#include "common/io/recorded_window.h"
#include "slicecast/v1/common.pb.h"

namespace slicecast::ingest {

// What the window leaves open (automatic coverage, group_size 0) the file does not tell either.
io::RecordedWindow recorded_window(const v1::Window& window);

}  // namespace slicecast::ingest
