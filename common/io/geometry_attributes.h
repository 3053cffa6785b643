// Slicecast's own geometry inside an HDF5 file: group `/slicecast/geometry`, one attribute per
// field of ScanGeometry with its name, optional fields left out, measured vectors as dataset
// `vectors` {projections, 12} in ASTRA's order. Angles are not in it (they are the scan's `theta`).
#pragma once

#include "common/geometry/scan_geometry.h"
#include "common/io/hdf5.h"

namespace slicecast::io {

Result<void> write_geometry(hid_t file, const std::string& file_name,
                            const geometry::ScanGeometry& g);
// nullopt without the group; an error if it makes no sense.
Result<std::optional<geometry::ScanGeometry>> read_geometry(hid_t file,
                                                            const std::string& file_name);

}  // namespace slicecast::io
