// Measured vectors of a scan from a file: twelve numbers for each projection, in ASTRA's `*_vec`
// order (source position or ray direction, detector centre, u, v), in mm.
#pragma once

#include <string>
#include <vector>

#include "common/geometry/scan_geometry.h"

namespace slicecast::io {

// `file`: .npy {projections, 12}, a dataset of HDF5 of that shape as "FILE.h5:/PATH", or else text
// with one projection a line, its numbers separated by blanks or commas, '#' before remarks.
// Refuses an empty list and numbers that are not finite; the message names the line or projection.
Result<std::vector<geometry::ProjectionVector>> read_vectors(const std::string& file);

}  // namespace slicecast::io
