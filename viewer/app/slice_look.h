// What of a slice is drawn, and with which looks: the same for the scene and the plane view. UI
// thread, context current.
#pragma once

#include <cstdint>

#include "viewer/app/picture_store.h"
#include "viewer/app/session.h"
#include "viewer/gl/slice_renderer.h"

namespace slicecast::viewer {

// Where and how one slice is drawn.
struct SlicePlacing {
  enum class Kind { exact, trailing, stand_in, empty };
  Kind kind = Kind::empty;
  Pose pose;  // of what is drawn: its own, or the wanted one of a stand-in
};
// While a slice is dragged its newest image is a few tens of ms behind. In the scene the slice is
// where it is wanted: the preview stands in there until the image of that very pose has come. The
// plane view shows the newest image, labelled with its own pose, as long as that was wanted a
// moment ago. Without a preview, or while the servers are away, the image stays in its own pose; so
// does what is frozen, and A and B while they are compared in turn.
SlicePlacing scene_placing_of(const SceneSlice& slice, const SlicePicture* picture,
                              const Session& session);
SlicePlacing plane_placing_of(const SceneSlice& slice, const SlicePicture* picture,
                              const Session& session, std::int64_t now_ns);

// Where the plane view's picture lies in the world, which is what the cursor over it points at. Of
// A and B beside each other the first one is A.
Pose plane_pose_of(const SceneSlice& slice, const SlicePicture* picture, const Session& session,
                   std::int64_t now_ns, bool second = false);

// Its image with the overlay that belongs to it, or the preview in its place; limits, colours and
// whether it is dimmed. Where on the screen (`drawn`, `clip_from_drawn`) is the caller's.
gl::SliceLook look_of(const SceneSlice& slice, const SlicePlacing& placing, Session& session,
                      PictureStore& pictures);

}  // namespace slicecast::viewer
