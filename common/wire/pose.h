// Places between messages and geometry. Any thread.
#pragma once

#include <optional>

#include "common/geometry/plane.h"
#include "common/geometry/scan_geometry.h"
#include "slicecast/v1/feed.pb.h"

namespace slicecast::wire {

inline geometry::Vec3 from_proto(const v1::Vec3& v) {
  return {v.x_mm(), v.y_mm(), v.z_mm()};
}

inline void to_proto(geometry::Vec3 from, v1::Vec3* to) {
  to->set_x_mm(from.x);
  to->set_y_mm(from.y);
  to->set_z_mm(from.z);
}

// Any message with base, axis1 and axis2: SliceImage, SceneSlice, SetSlice, ReconstructOnce.
template <class Message>
geometry::Pose pose_of(const Message& message) {
  return {from_proto(message.base()), from_proto(message.axis1()), from_proto(message.axis2())};
}
template <class Message>
void set_pose(const geometry::Pose& pose, Message* message) {
  to_proto(pose.base, message->mutable_base());
  to_proto(pose.axis1, message->mutable_axis1());
  to_proto(pose.axis2, message->mutable_axis2());
}

// nullopt when the message has none (radius 0), i.e. nothing is masked.
inline std::optional<geometry::FieldOfView> field_of(const v1::FieldOfView& message) {
  if (!(message.radius_mm() > 0)) return std::nullopt;
  return geometry::FieldOfView{message.radius_mm(), message.z_min_mm(), message.z_max_mm()};
}

}  // namespace slicecast::wire
