// What the mouse does in the two views: drags slices, orbits, pans, zooms, picks. Window
// coordinates come in; framebuffer scale and areas are told each frame. UI thread.
#pragma once

#include <optional>

#include "viewer/app/session.h"
#include "viewer/model/picking.h"
#include "viewer/model/plane_view.h"
#include "viewer/model/slice_drag.h"
#include "viewer/panels/panel_context.h"

namespace slicecast::viewer {

class SceneInput {
 public:
  SceneInput(Session& session, PictureStore& pictures, PlaneView& plane)
      : session_(session), pictures_(pictures), plane_(plane) {}

  // Where the views are in the window since the last frame.
  void place(const ScreenArea& scene, const ScreenArea& plane, double pixels_per_point);

  void moved(double x, double y, std::int64_t event_ns);
  // True: the event is for a view.
  bool pressed(int button, int modifiers, std::int64_t event_ns);
  void released(int button);
  bool wheel(double steps);
  // Escape: the slice goes back to where the drag began. True: there was a drag.
  bool cancel(std::int64_t event_ns);

  bool dragging() const { return drag_.has_value(); }
  bool moving() const { return drag_ || orbiting_ || panning_; }

 private:
  std::optional<SlicePick> pick() const;
  Cursor in_scene() const;
  struct InPlane {
    Cursor at;  // of A and B beside each other, as in A
    bool second = false;
  };
  InPlane in_plane() const;
  void track_cursor();

  Session& session_;
  PictureStore& pictures_;
  PlaneView& plane_;
  ScreenArea scene_area_, plane_area_;
  double pixels_per_point_ = 1;
  double x_ = -1, y_ = -1;
  std::optional<SliceDrag> drag_;
  std::string dragged_;
  bool orbiting_ = false, panning_ = false, panning_plane_ = false;
};

}  // namespace slicecast::viewer
