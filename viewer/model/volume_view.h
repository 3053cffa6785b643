// The preview volume as view models read it. Does not own its voxels. Any thread.
#pragma once

#include <cstddef>

#include "viewer/model/space.h"

namespace slicecast::viewer {

// [z][y][x] floats, voxel centres at (i - (N-1)/2) voxel + centre, mm.
struct VolumeView {
  const float* voxels = nullptr;
  int planes = 0, rows = 0, columns = 0;
  double voxel_mm = 1;
  Vec3 centre;

  bool empty() const {
    return voxels == nullptr || planes < 1 || rows < 1 || columns < 1 || !(voxel_mm > 0);
  }
  float at(int k, int r, int c) const {
    return voxels[(static_cast<std::size_t>(k) * rows + r) * columns + c];
  }
};

// Around the voxels' outer faces. The volume must not be empty.
Box box_of(const VolumeView& volume);

}  // namespace slicecast::viewer
