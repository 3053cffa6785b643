#include "viewer/model/pose_proto.h"

#include <algorithm>

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
  constexpr double kFarthestMm = 1e9, kShortestEdgeMm = 1e-9;
  const double edge1 = geometry::norm(pose.axis1), edge2 = geometry::norm(pose.axis2);
  return geometry::norm(cross(pose.axis1, pose.axis2)) > 0 &&
         std::min(edge1, edge2) >= kShortestEdgeMm && std::max(edge1, edge2) <= kFarthestMm &&
         geometry::norm(pose.base) <= kFarthestMm;
}

std::optional<geometry::FieldOfView> field_of(const v1::FieldOfView& message) {
  if (!(message.radius_mm() > 0)) return std::nullopt;
  return geometry::FieldOfView{message.radius_mm(), message.z_min_mm(), message.z_max_mm()};
}

}  // namespace slicecast::viewer
