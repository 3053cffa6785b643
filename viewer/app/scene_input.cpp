#include "viewer/app/scene_input.h"

#include <GLFW/glfw3.h>

#include <cmath>

#include "common/base/clock.h"
#include "viewer/app/scene_view.h"

namespace slicecast::viewer {

void SceneInput::place(const ScreenArea& scene, const ScreenArea& plane, double pixels_per_point) {
  scene_area_ = scene;
  plane_area_ = plane;
  pixels_per_point_ = pixels_per_point;
}

Cursor SceneInput::in_scene() const {
  return {(x_ - scene_area_.x) * pixels_per_point_, (y_ - scene_area_.y) * pixels_per_point_};
}

SceneInput::InPlane SceneInput::in_plane() const {
  const Cursor at{(x_ - plane_area_.x) * pixels_per_point_,
                  (y_ - plane_area_.y) * pixels_per_point_};
  // Compared, both pictures show the same place.
  if (!session_.comparison.side_by_side) return {at};
  const auto px = [this](float points) {
    return static_cast<int>(std::lround(points * pixels_per_point_));
  };
  const Cursor first = in_first(at, picture_pair(px(plane_area_.width), px(plane_area_.height)));
  return {first, first.x != at.x || first.y != at.y};
}

std::optional<SlicePick> SceneInput::pick() const {
  std::vector<PickTarget> targets;
  for (const auto& slice : session_.slices.slices())
    targets.push_back({scene_placing_of(slice, pictures_.find(slice.id), session_).pose, slice.rows,
                       slice.columns});
  return pick_slice(session_.camera.ray_through(in_scene()), targets);
}

// The point under the cursor, which all views show.
void SceneInput::track_cursor() {
  session_.cursor = session_.plotted;
  session_.pointed.clear();
  if (scene_area_.hovered) {
    const auto picked = pick();
    if (!picked) return;
    session_.cursor = picked->hit.point;
    session_.pointed = session_.slices.slices()[picked->index].id;
  } else if (plane_area_.hovered) {
    const SceneSlice* slice = session_.selected();
    if (slice == nullptr) return;
    const InPlane place = in_plane();
    const PixelPoint pixel = plane_.pixel_at(place.at);
    const bool inside = pixel.column > -0.5 && pixel.row > -0.5 &&
                        pixel.column < slice->columns - 0.5 && pixel.row < slice->rows - 0.5;
    if (!inside) return;
    session_.cursor = point_of(
        plane_pose_of(*slice, pictures_.find(slice->id), session_, steady_now_ns(), place.second),
        slice->rows, slice->columns, pixel);
    session_.pointed = slice->id;
  }
}

void SceneInput::moved(double x, double y, std::int64_t event_ns) {
  const double dx = (x - x_) * pixels_per_point_, dy = (y - y_) * pixels_per_point_;
  x_ = x;
  y_ = y;
  if (drag_)
    session_.move_slice(dragged_, drag_->update(session_.camera.ray_through(in_scene())), event_ns);
  else if (orbiting_)
    session_.camera.orbit(dx, dy);
  else if (panning_)
    session_.camera.pan(dx, dy);
  else if (panning_plane_)
    plane_.pan(dx, dy);
  else
    track_cursor();
}

bool SceneInput::pressed(int button, int modifiers, std::int64_t) {
  if (plane_area_.hovered && (button == GLFW_MOUSE_BUTTON_MIDDLE ||
                              (button == GLFW_MOUSE_BUTTON_LEFT && !plane_area_.claimed)))
    return panning_plane_ = true;
  if (!scene_area_.hovered) return false;
  if (button == GLFW_MOUSE_BUTTON_MIDDLE) return panning_ = true;
  if (button != GLFW_MOUSE_BUTTON_LEFT) return false;
  const auto picked = pick();
  if (!picked) return orbiting_ = true;
  const SceneSlice& slice = session_.slices.slices()[picked->index];
  session_.slices.select(slice.id);
  if (!session_.may_move()) return true;
  const DragMode mode = (modifiers & GLFW_MOD_SHIFT) != 0     ? DragMode::rotate
                        : (modifiers & GLFW_MOD_CONTROL) != 0 ? DragMode::spin
                                                              : DragMode::along_normal;
  dragged_ = slice.id;
  drag_ = SliceDrag::begin(slice.pose, session_.camera.ray_through(in_scene()),
                           session_.camera.basis(), mode, diagonal_of(session_.bounds()));
  return true;
}

void SceneInput::released(int button) {
  if (button == GLFW_MOUSE_BUTTON_LEFT) {
    drag_.reset();
    orbiting_ = panning_plane_ = false;
  }
  if (button == GLFW_MOUSE_BUTTON_MIDDLE) panning_ = panning_plane_ = false;
}

bool SceneInput::wheel(double steps) {
  if (plane_area_.hovered) {
    plane_.zoom_at(in_plane().at, steps);
    return true;
  }
  if (!scene_area_.hovered) return false;
  const auto picked = pick();
  session_.camera.zoom_at(in_scene(), steps,
                          picked ? std::optional(picked->hit.point) : std::nullopt);
  return true;
}

bool SceneInput::cancel(std::int64_t event_ns) {
  if (!drag_) return false;
  session_.move_slice(dragged_, drag_->start(), event_ns);
  drag_.reset();
  return true;
}

}  // namespace slicecast::viewer
