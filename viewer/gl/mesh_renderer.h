// Draws a triangle mesh with its normals, lit from the eye. UI thread, context current.
#pragma once

#include "viewer/gl/mesh_upload.h"
#include "viewer/gl/program.h"

namespace slicecast::viewer::gl {

class MeshRenderer {
 public:
  static Result<MeshRenderer> create();

  struct Look {
    Matrix4 clip_from_world;
    Vec3 eye;
    float red = 0.86F, green = 0.78F, blue = 0.62F;
  };
  // With the scene's depth.
  void draw(const MeshBuffers& mesh, const Look& look);

 private:
  Program program_;
  VertexArray array_;
};

}  // namespace slicecast::viewer::gl
