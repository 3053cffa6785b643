#include "viewer/link/frames.h"

namespace slicecast::viewer {

Vec3 vector_of(const v1::Vec3& v) {
  return {v.x_mm(), v.y_mm(), v.z_mm()};
}

Pose pose_of(const v1::SliceImage& header) {
  return {vector_of(header.base()), vector_of(header.axis1()), vector_of(header.axis2())};
}

SlicePixels pixels_of(const SliceVersion& version) {
  SlicePixels slice;
  slice.pose = pose_of(version.header);
  slice.unit = version.header.value_unit();
  if (version.pixels)
    slice.image = {version.pixels->as<float>(), version.rows(), version.columns()};
  if (version.header.has_field_of_view()) {
    const auto& field = version.header.field_of_view();
    slice.field = geometry::FieldOfView{field.radius_mm(), field.z_min_mm(), field.z_max_mm()};
  }
  return slice;
}

VolumeView PreviewFrame::volume() const {
  return {pixels->as<float>(),       planes, rows, columns, header.voxel_mm(),
          vector_of(header.centre())};
}

}  // namespace slicecast::viewer
