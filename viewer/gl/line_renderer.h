// Collects coloured line segments and draws them with the scene's depth. UI thread, context
// current.
#pragma once

#include <vector>

#include "viewer/gl/program.h"
#include "viewer/model/colour_map.h"

namespace slicecast::viewer::gl {

class LineRenderer {
 public:
  static Result<LineRenderer> create();

  void add(Vec3 from, Vec3 to, Rgba8 colour);
  void add_box(const Box& box, Rgba8 colour);
  void add_border(const Pose& pose, Rgba8 colour);
  void add_cylinder(const geometry::FieldOfView& field, Rgba8 colour);
  // Draws what was added and forgets it.
  void draw(const Matrix4& clip_from_world);

 private:
  struct Vertex {
    float x, y, z;
    Rgba8 colour;
  };
  Program program_;
  VertexArray array_;
  Buffer buffer_;
  std::vector<Vertex> vertices_;
};

}  // namespace slicecast::viewer::gl
