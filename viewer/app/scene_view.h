// Draws the 3D scene into a framebuffer that the scene panel shows: slices, stand-ins, volume, box,
// axes, beam. UI thread, context current.
#pragma once

#include "viewer/app/picture_store.h"
#include "viewer/app/session.h"
#include "viewer/gl/framebuffer.h"
#include "viewer/gl/line_renderer.h"
#include "viewer/gl/mesh_renderer.h"
#include "viewer/gl/slice_renderer.h"
#include "viewer/gl/volume_renderer.h"

namespace slicecast::viewer {

// Where and how one slice is drawn in 3D.
struct SlicePlacing {
  enum class Kind { exact, trailing, stand_in, empty };
  Kind kind = Kind::empty;
  Pose pose;  // of what is drawn: the wanted one unless trailing
};
// While a slice is dragged its newest image is a few tens of ms behind. In the scene the slice is
// where it is wanted: the preview stands in there until the image of that very pose has come. The
// plane view shows the newest image, labelled with its own pose, as long as that was wanted a
// moment ago. Without a preview, or while the servers are away, the image stays in its own pose.
SlicePlacing scene_placing_of(const SceneSlice& slice, const SlicePicture* picture,
                              const Session& session);
SlicePlacing plane_placing_of(const SceneSlice& slice, const SlicePicture* picture,
                              const Session& session, std::int64_t now_ns);

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
