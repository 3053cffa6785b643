#include "viewer/app/slice_look.h"

#include "common/wire/pose.h"

namespace slicecast::viewer {
namespace {

constexpr std::int64_t kFreshNs = 250'000'000;

// A picture of a moment ago that somebody wants to look at, wherever the slice is by now.
bool kept(const SceneSlice& slice, const SlicePicture& picture, const Session& session) {
  if (session.history.frozen()) return true;
  if (!session.comparison.blink) return false;
  const auto& shown = picture.image.shown();
  return shown == session.history.chosen(SliceHistory::Choice::a, slice.id) ||
         shown == session.history.chosen(SliceHistory::Choice::b, slice.id);
}

}  // namespace

SlicePlacing scene_placing_of(const SceneSlice& slice, const SlicePicture* picture,
                              const Session& session) {
  const bool has_image = picture != nullptr && picture->image.shown() != nullptr;
  if (!has_image)
    return {session.preview ? SlicePlacing::Kind::stand_in : SlicePlacing::Kind::empty, slice.pose};
  const Pose own = wire::pose_of(picture->image.shown()->header);
  if (kept(slice, *picture, session) || same_pose(own, slice.pose))
    return {SlicePlacing::Kind::exact, own};
  const bool lost = session.connection.state() == ConnectionState::lost;
  if (!session.preview || lost) return {SlicePlacing::Kind::trailing, own};
  return {SlicePlacing::Kind::stand_in, slice.pose};
}

SlicePlacing plane_placing_of(const SceneSlice& slice, const SlicePicture* picture,
                              const Session& session, std::int64_t now_ns) {
  const SlicePlacing placing = scene_placing_of(slice, picture, session);
  if (placing.kind != SlicePlacing::Kind::stand_in || picture == nullptr ||
      picture->image.shown() == nullptr)
    return placing;
  const Pose own = wire::pose_of(picture->image.shown()->header);
  const auto outdated = session.pose_clock.outdated_for(slice.id, own, now_ns);
  if (outdated && *outdated < kFreshNs) return {SlicePlacing::Kind::trailing, own};
  return placing;
}

Pose plane_pose_of(const SceneSlice& slice, const SlicePicture* picture, const Session& session,
                   std::int64_t now_ns, bool second) {
  if (session.comparison.side_by_side) {
    const auto choice = second ? SliceHistory::Choice::b : SliceHistory::Choice::a;
    if (const auto chosen = session.history.chosen(choice, slice.id))
      return wire::pose_of(chosen->header);
  }
  return plane_placing_of(slice, picture, session, now_ns).pose;
}

gl::SliceLook look_of(const SceneSlice& slice, const SlicePlacing& placing, Session& session,
                      PictureStore& pictures) {
  gl::SliceLook look;
  look.world = placing.pose;
  look.intensity = session.intensities.of(slice.id);
  look.colours = pictures.colours(session.colours);
  look.field = session.field();
  const auto state = session.connection.state();
  look.dimmed = state == ConnectionState::stale || state == ConnectionState::lost;
  const SlicePicture* picture = pictures.find(slice.id);
  const bool own =
      placing.kind == SlicePlacing::Kind::exact || placing.kind == SlicePlacing::Kind::trailing;
  if (own && picture != nullptr) {
    look.image = picture->image.texture();
    look.overlay = pictures.overlay(session, *picture);
  } else if (pictures.volume().texture() != 0) {
    look.stand_in = gl::VolumeSource{pictures.volume().texture(), pictures.volume().box()};
  }
  return look;
}

}  // namespace slicecast::viewer
