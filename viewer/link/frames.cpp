#include "viewer/link/frames.h"

#include "common/wire/pose.h"

namespace slicecast::viewer {

SlicePixels pixels_of(const SliceVersion& version) {
  SlicePixels slice;
  slice.pose = wire::pose_of(version.header);
  slice.unit = version.header.value_unit();
  if (version.pixels)
    slice.image = {version.pixels->as<float>(), version.rows(), version.columns()};
  slice.field = wire::field_of(version.header.field_of_view());
  return slice;
}

VolumeView PreviewFrame::volume() const {
  return {pixels->as<float>(),
          planes,
          rows,
          columns,
          header.voxel_mm(),
          wire::from_proto(header.centre())};
}

}  // namespace slicecast::viewer
