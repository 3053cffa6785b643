#include "viewer/gl/mesh_renderer.h"

namespace slicecast::viewer::gl {
namespace {

constexpr const char* kVertex = R"glsl(
layout(location = 0) in vec3 position;
layout(location = 1) in vec3 normal;
uniform mat4 clip_from_world;
out vec3 point, outward;
void main() {
  point = position;
  outward = normal;
  gl_Position = clip_from_world * vec4(position, 1.0);
}
)glsl";

// Both sides are lit, because slices and the field of view cut surfaces open.
constexpr const char* kFragment = R"glsl(
in vec3 point, outward;
out vec4 colour;
uniform vec3 eye, surface;
void main() {
  vec3 toward_eye = normalize(eye - point);
  float facing = abs(dot(normalize(outward), toward_eye));
  float shine = pow(facing, 24.0);
  colour = vec4(surface * (0.22 + 0.70 * facing) + 0.18 * shine, 1.0);
}
)glsl";

void use_vectors(GLuint location, const Buffer& vectors) {
  glBindBuffer(GL_ARRAY_BUFFER, vectors.name());
  glEnableVertexAttribArray(location);
  glVertexAttribPointer(location, 3, GL_FLOAT, GL_FALSE, 0, nullptr);
}

}  // namespace

Result<MeshRenderer> MeshRenderer::create() {
  auto program = Program::create("surface", kVertex, kFragment);
  if (!program) return program.error();
  MeshRenderer renderer;
  renderer.program_ = *std::move(program);
  renderer.array_ = VertexArray::make();
  return renderer;
}

void MeshRenderer::draw(const MeshBuffers& mesh, const Look& look) {
  if (mesh.count == 0) return;
  glBindVertexArray(array_.name());
  use_vectors(0, mesh.positions);
  use_vectors(1, mesh.normals);
  glBindBuffer(GL_ELEMENT_ARRAY_BUFFER, mesh.indices.name());
  program_.use();
  program_.set("clip_from_world", look.clip_from_world);
  program_.set("eye", look.eye);
  program_.set("surface", look.red, look.green, look.blue);
  glDrawElements(GL_TRIANGLES, mesh.count, GL_UNSIGNED_INT, nullptr);
  glBindVertexArray(0);
}

}  // namespace slicecast::viewer::gl
