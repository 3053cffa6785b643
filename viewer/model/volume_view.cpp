#include "viewer/model/volume_view.h"

namespace slicecast::viewer {

Box box_of(const VolumeView& volume) {
  const double half = volume.voxel_mm / 2;
  const Vec3 extent{volume.columns * half, volume.rows * half, volume.planes * half};
  return {volume.centre - extent, volume.centre + extent};
}

}  // namespace slicecast::viewer
