// The few spatial types that all view models share. Lengths in mm, world coordinates of the scan:
// right-handed, +z up along the rotation axis. Plain values, any thread.
#pragma once

#include <array>
#include <optional>

#include "common/geometry/plane.h"
#include "common/geometry/scan_geometry.h"

namespace slicecast::viewer {

using geometry::Pose;
using geometry::Vec3;

// Column-major, as glUniformMatrix4fv takes it without transposing: element (row, column) is at
// [4 * column + row].
using Matrix4 = std::array<float, 16>;

// Starts at `origin`; `direction` has length 1.
struct Ray {
  Vec3 origin, direction;
};

struct Box {
  Vec3 low, high;  // low <= high in each coordinate
};

Vec3 centre_of(const Box& box);
double diagonal_of(const Box& box);
// The box about the cylinder of a scan; nullopt without a radius or height.
std::optional<Box> box_of(const geometry::FieldOfView& field);
// The smallest box around both.
Box united(const Box& a, const Box& b);

// Of length 1, or {0,0,0} for the zero vector.
Vec3 unit(Vec3 v);
// Rodrigues' formula: `v` turned right-handedly about the unit vector `axis`.
Vec3 turned(Vec3 v, Vec3 axis, double angle_rad);

Vec3 centre_of(const Pose& pose);
// Unit normal axis1 x axis2; {0,0,0} for axes that do not span a plane.
Vec3 normal_of(const Pose& pose);
// Equal up to 1e-9 of the extents: what a pose loses at most on its way through a server.
bool same_pose(const Pose& a, const Pose& b);

}  // namespace slicecast::viewer
