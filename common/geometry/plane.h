// Where the pixels of a slice and the voxels of a volume are.
#pragma once

#include <string_view>

#include "common/base/error.h"
#include "common/geometry/matrix.h"

namespace slicecast::geometry {

// A slice: base = outer corner of pixel (0,0); axis1 along its columns, axis2 along its rows, full
// edge lengths in mm. centre(r, c) = base + (c+1/2) axis1/W + (r+1/2) axis2/H.
struct Pose {
  Vec3 base, axis1, axis2;
};

// A regular grid of points, the form the kernels take: point(k, r, c) = origin + c step_column +
// r step_row + k step_plane; `origin` is the centre of the first point. Values are
// [plane][row][column].
struct PointGrid {
  Vec3 origin, step_column, step_row, step_plane;
  int columns = 0, rows = 0, planes = 1;
};

// Whether images can be computed and drawn there: no number beyond 1e9 mm (or none at all), since
// displays work in single precision, and two edges of at least 1e-9 mm that are not parallel.
Result<void> check_pose(const Pose& pose);

PointGrid grid_of(const Pose& pose, int rows, int columns);
Vec3 point_at(const PointGrid& grid, int plane, int row, int column);

// Volume [z][y][x], voxel centres (i - (N-1)/2) h + centre. Sizes in voxels.
PointGrid volume_grid(int size_x, int size_y, int size_z, double voxel_mm, Vec3 centre = {});
// Planes first .. first+count-1 of a volume (a slab).
PointGrid slab_of(const PointGrid& volume, int first_plane, int plane_count);

// "xy@0", "yz@-1.5", "xz@0" (mm; centred on the axis, square of `width_mm` edges; xy: +x, +y;
// xz: +x, +z; yz: +y, +z) or nine comma-separated numbers base, axis1, axis2.
Result<Pose> parse_pose(std::string_view text, double width_mm);
bool is_named_pose(std::string_view text);

}  // namespace slicecast::geometry
