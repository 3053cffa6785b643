// Draws the 3D scene into a framebuffer that the scene panel shows: slices, stand-ins, volume, box,
// axes, beam. UI thread, context current.
#pragma once

#include "viewer/app/picture_store.h"
#include "viewer/app/session.h"
#include "viewer/app/slice_look.h"
#include "viewer/gl/framebuffer.h"
#include "viewer/gl/line_renderer.h"
#include "viewer/gl/mesh_renderer.h"
#include "viewer/gl/slice_renderer.h"
#include "viewer/gl/volume_renderer.h"

namespace slicecast::viewer {

class SceneView {
 public:
  static Result<SceneView> create();

  // `moving`: the volume is drawn coarser.
  void draw(Session& session, PictureStore& pictures, int width, int height, bool moving);
  GLuint texture() const { return target_.colour(); }
  int width() const { return target_.width(); }
  int height() const { return target_.height(); }

 private:
  SceneView(gl::SliceRenderer slices, gl::LineRenderer lines, gl::VolumeRenderer volumes,
            gl::MeshRenderer meshes);
  void add_lines(const Session& session, const PictureStore& pictures);
  void draw_slice(const SceneSlice& slice, Session& session, PictureStore& pictures);
  void draw_volume(Session& session, PictureStore& pictures, bool moving);
  void add_projection(Session& session, PictureStore& pictures);

  gl::SliceRenderer slices_;
  gl::LineRenderer lines_;
  gl::VolumeRenderer volumes_;
  gl::MeshRenderer meshes_;
  gl::Framebuffer target_;
  Matrix4 clip_from_world_{};
  double volume_reduction_ = 2;  // adapts to what the last ones took
};

}  // namespace slicecast::viewer
