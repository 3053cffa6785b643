// The surface of equal value of the preview volume as a closed triangle mesh (marching cubes, after
// Lorensen & Cline 1987; cells triangulated by contour loops on their faces, so that neighbours
// always agree and no hole opens). Runs off the UI thread; 128^3 takes some tens of ms.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/base/error.h"
#include "viewer/model/volume_view.h"

namespace slicecast::viewer {

struct Mesh {
  std::vector<std::array<float, 3>> positions;  // mm, world
  std::vector<std::array<float, 3>> normals;    // unit, one per position, towards lower values
  // Indices, counter-clockwise seen from outside (from lower values).
  std::vector<std::array<std::uint32_t, 3>> triangles;
};

// Shared with the thread that waits. Both may be read and written at any time.
struct IsoProgress {
  std::atomic<bool> cancel{false};
  std::atomic<float> share{0};  // 0 to 1
};

inline constexpr std::size_t kMaxIsoTriangles = 4'000'000;

// Inside is value >= level. Where the inside reaches the volume's border the mesh is closed by a
// cap half a voxel outside of the outermost centres. NaN counts as outside. A level that nothing
// reaches gives an empty mesh. Refused: empty volume, level that is not finite, cancelled, more
// than `max_triangles`.
Result<Mesh> iso_surface(const VolumeView& volume, double level, IsoProgress& progress,
                         std::size_t max_triangles = kMaxIsoTriangles);

double area_mm2(const Mesh& mesh);
double volume_mm3(const Mesh& mesh);  // of closed meshes; positive when normals point outward

}  // namespace slicecast::viewer
