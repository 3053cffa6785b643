// The geometry that a scan is filtered with, as facts for status, files and viewers. Any thread.
#pragma once

#include <map>
#include <string>

#include "common/geometry/scan_geometry.h"

namespace slicecast::projection {

// Of a valid geometry; names begin with "geometry.". beam; rows and columns of the upright
// detector; axis_column in use. Lengths: pixel_mm (pitch), pixel_at_axis_mm, and of cone beam
// source_axis_mm and source_detector_mm; while the pixel size is not known pixel_size says so and
// they end in _px. Of cone beam also principal_column and principal_row. tilt_rad, roll_rad,
// pitch_rad and rotation_sense only where they are not the usual ones. Of measured vectors, which
// win over all of these, their count instead.
std::map<std::string, std::string> geometry_facts(const geometry::ScanGeometry& g);

}  // namespace slicecast::projection
