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

template <class Element>
void fill(Buffer& buffer, GLenum target, const std::vector<Element>& elements) {
  if (!buffer) buffer = Buffer::make();
  glBindBuffer(target, buffer.name());
  glBufferData(target, static_cast<GLsizeiptr>(elements.size() * sizeof(Element)), elements.data(),
               GL_STATIC_DRAW);
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

void MeshRenderer::upload(const Mesh& mesh) {
  fill(positions_, GL_ARRAY_BUFFER, mesh.positions);
  glEnableVertexAttribArray(0);
  glVertexAttribPointer(0, 3, GL_FLOAT, GL_FALSE, 0, nullptr);
  fill(normals_, GL_ARRAY_BUFFER, mesh.normals);
  glEnableVertexAttribArray(1);
  glVertexAttribPointer(1, 3, GL_FLOAT, GL_FALSE, 0, nullptr);
  fill(indices_, GL_ELEMENT_ARRAY_BUFFER, mesh.triangles);
}

void MeshRenderer::draw(const std::shared_ptr<const Mesh>& mesh, const Look& look) {
  if (!mesh || mesh->triangles.empty()) return;
  glBindVertexArray(array_.name());
  if (mesh != uploaded_) upload(*mesh);
  uploaded_ = mesh;
  program_.use();
  program_.set("clip_from_world", look.clip_from_world);
  program_.set("eye", look.eye);
  program_.set("surface", look.red, look.green, look.blue);
  glDrawElements(GL_TRIANGLES, static_cast<GLsizei>(3 * mesh->triangles.size()), GL_UNSIGNED_INT,
                 nullptr);
  glBindVertexArray(0);
}

}  // namespace slicecast::viewer::gl
