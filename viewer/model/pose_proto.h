// Poses between messages and view models. Any thread.
#pragma once

#include "slicecast/v1/feed.pb.h"
#include "viewer/model/space.h"

namespace slicecast::viewer {

Vec3 from_proto(const v1::Vec3& v);
void to_proto(Vec3 from, v1::Vec3* to);

// Any message with base, axis1 and axis2 in mm: SliceImage, SceneSlice, SetSlice.
template <class Message>
Pose pose_of(const Message& message) {
  return {from_proto(message.base()), from_proto(message.axis1()), from_proto(message.axis2())};
}
template <class Message>
void set_pose(const Pose& pose, Message* message) {
  to_proto(pose.base, message->mutable_base());
  to_proto(pose.axis1, message->mutable_axis1());
  to_proto(pose.axis2, message->mutable_axis2());
}

// What a slice can be drawn at: two axes that span a plane, nothing beyond 1e9 mm, as what is drawn
// is in single precision. False for what is no number.
bool spans_plane(const Pose& pose);

// nullopt when the message has none (radius 0), i.e. nothing is masked.
std::optional<geometry::FieldOfView> field_of(const v1::FieldOfView& message);

}  // namespace slicecast::viewer
