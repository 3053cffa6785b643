// Draws the 3D scene into a framebuffer that the scene panel shows: slices, stand-ins, volume, box,
// axes, beam. UI thread, context current.
#pragma once

#include <optional>

#include "viewer/app/picture_store.h"
#include "viewer/app/session.h"
#include "viewer/app/slice_look.h"
#include "viewer/gl/framebuffer.h"
#include "viewer/gl/line_renderer.h"
#include "viewer/gl/mesh_renderer.h"
#include "viewer/gl/slice_renderer.h"
#include "viewer/gl/volume_renderer.h"
#include "viewer/model/beam_view.h"

namespace slicecast::viewer {

// The detector of the scan as its servers tell it; refused with why the beam cannot be drawn.
Result<DetectorView> detector_of(const Session& session);

class SceneView {
 public:
  static Result<SceneView> create();

  // `reduction`: screen pixels per ray and direction of the volume. What that took in ms; none: no
  // volume is drawn.
  std::optional<double> draw(Session& session, PictureStore& pictures, int width, int height,
                             int reduction);
  GLuint texture() const { return target_.colour(); }
  int width() const { return target_.width(); }
  int height() const { return target_.height(); }

 private:
  SceneView(gl::SliceRenderer slices, gl::LineRenderer lines, gl::VolumeRenderer volumes,
            gl::MeshRenderer meshes);
  void add_lines(const Session& session, const PictureStore& pictures);
  void draw_slice(const SceneSlice& slice, Session& session, PictureStore& pictures);
  double draw_volume(Session& session, PictureStore& pictures, int reduction);
  void add_projection(Session& session, PictureStore& pictures);

  gl::SliceRenderer slices_;
  gl::LineRenderer lines_;
  gl::VolumeRenderer volumes_;
  gl::MeshRenderer meshes_;
  gl::Framebuffer target_;
  Matrix4 clip_from_world_{};
};

}  // namespace slicecast::viewer
