// Draws a triangle mesh with its normals, lit from the eye. Uploaded once per mesh. UI thread,
// context current.
#pragma once

#include <memory>

#include "viewer/gl/program.h"
#include "viewer/model/iso_surface.h"

namespace slicecast::viewer::gl {

class MeshRenderer {
 public:
  static Result<MeshRenderer> create();

  struct Look {
    Matrix4 clip_from_world;
    Vec3 eye;
    float red = 0.86F, green = 0.78F, blue = 0.62F;
  };
  // With the scene's depth. Null or empty meshes draw nothing.
  void draw(const std::shared_ptr<const Mesh>& mesh, const Look& look);

 private:
  void upload(const Mesh& mesh);
  Program program_;
  VertexArray array_;
  Buffer positions_, normals_, indices_;
  std::shared_ptr<const Mesh> uploaded_;
};

}  // namespace slicecast::viewer::gl
