#include "viewer/model/pose_proto.h"

#include <cmath>

namespace slicecast::viewer {

Vec3 from_proto(const v1::Vec3& v) {
  return {v.x_mm(), v.y_mm(), v.z_mm()};
}

void to_proto(Vec3 from, v1::Vec3* to) {
  to->set_x_mm(from.x);
  to->set_y_mm(from.y);
  to->set_z_mm(from.z);
}

bool spans_plane(const Pose& pose) {
  const double area = geometry::norm(cross(pose.axis1, pose.axis2));
  const double away = geometry::norm(pose.base);
  return std::isfinite(area) && area > 0 && std::isfinite(away);
}

std::optional<geometry::FieldOfView> field_of(const v1::FieldOfView& message) {
  if (!(message.radius_mm() > 0)) return std::nullopt;
  return geometry::FieldOfView{message.radius_mm(), message.z_min_mm(), message.z_max_mm()};
}

}  // namespace slicecast::viewer
