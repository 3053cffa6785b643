// Names everything in an HDF5 file, through soft and external links, without trusting the file.
#pragma once

#include <string>
#include <vector>

#include "common/io/hdf5.h"

namespace slicecast::io {

// Absolute paths of all datasets that can be opened, in the file's name order. Each group is
// entered once, so that cycles end; links that lead nowhere are left out; gives up silently beyond
// 100,000 links or 32 levels.
std::vector<std::string> dataset_paths(hid_t file);

std::string parent_of(const std::string& path);  // "/a/b/c" -> "/a/b"
std::string leaf_of(const std::string& path);    // "/a/b/c" -> "c"

}  // namespace slicecast::io
