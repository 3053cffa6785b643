// Draws one slice: its image through window and colour map, or the preview volume sampled on its
// plane, hatched, while its own image has not come. UI thread, context current.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "viewer/gl/program.h"
#include "viewer/model/intensity.h"

namespace slicecast::viewer::gl {

struct VolumeSource {
  GLuint texture = 0;  // 3D, R32F
  Box box;             // around the voxels' outer faces
};

struct OverlaySource {
  GLuint labels = 0;   // 2D, R8UI or R16UI
  GLuint palette = 0;  // of PaletteTexture
  // Overlays of values: the step of the first colour, and steps up to the last one; 0: classes.
  float first_step = 0, steps = 0;
};

struct SliceLook {
  Matrix4 clip_from_drawn;  // of `drawn`
  Pose drawn;               // where it is drawn: in 3D `world`, in the plane view its own frame
  Pose world;               // where it is in the scan, for the field of view and the stand-in
  GLuint image = 0;         // 2D, R32F; 0: the stand-in
  std::optional<VolumeSource> stand_in;
  Intensity intensity;
  GLuint colours = 0;
  std::optional<OverlaySource> overlay;
  std::optional<geometry::FieldOfView> field;
  bool smooth = true;        // false: square pixels
  bool dimmed = false;       // the link is lost: an old image
  bool hide_outside = true;  // of the field of view
};

class SliceRenderer {
 public:
  static Result<SliceRenderer> create();
  void draw(const SliceLook& look);

  static constexpr std::size_t kVariants = 7;

 private:
  std::array<Program, kVariants> programs_;  // of what is drawn, with and without overlay and curve
  VertexArray vertices_;
};

void set_intensity(Program& program, const Intensity& intensity);
void set_field(Program& program, const std::optional<geometry::FieldOfView>& field);

}  // namespace slicecast::viewer::gl
