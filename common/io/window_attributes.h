// The window inside an HDF5 file: attributes `window_mode`, `coverage` and `group_size` of the
// group
// `/slicecast`. Reading refuses words and numbers that are none.
#pragma once

#include "common/base/error.h"
#include "common/io/hdf5.h"
#include "common/io/recorded_window.h"

namespace slicecast::io {

void write_window(hid_t group, const RecordedWindow& window);
Result<RecordedWindow> read_window(hid_t group, const std::string& file_name);

}  // namespace slicecast::io
