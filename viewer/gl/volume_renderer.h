// Ray-marched preview volume over a scene that is drawn already: slices in front hide it, slices
// behind shine through. Rendered at a fraction of the resolution and scaled up. UI thread, context
// current.
#pragma once

#include <array>

#include "viewer/gl/framebuffer.h"
#include "viewer/gl/slice_renderer.h"

namespace slicecast::viewer::gl {

struct VolumeLook {
  Matrix4 clip_from_world;
  Matrix4 world_from_clip;
  Vec3 eye;
  VolumeSource volume;
  double voxel_mm = 1;
  Intensity intensity;
  GLuint transfer = 0;  // 256 x 1 RGBA, colour not premultiplied
  std::optional<geometry::FieldOfView> field;
  int reduction = 1;  // screen pixels per ray and direction
};

class VolumeRenderer {
 public:
  static Result<VolumeRenderer> create();
  // Blends into `scene`, whose depth ends the rays.
  void draw(const VolumeLook& look, const Framebuffer& scene);

 private:
  std::array<Program, 2> marches_;  // linear, with a curve
  Program blend_;
  VertexArray vertices_;
  Framebuffer small_;
};

// Inverse of a general 4x4 matrix; zeros when there is none.
Matrix4 inverse_of(const Matrix4& matrix);
Matrix4 product(const Matrix4& a, const Matrix4& b);

}  // namespace slicecast::viewer::gl
