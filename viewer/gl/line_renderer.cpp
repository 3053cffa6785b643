#include "viewer/gl/line_renderer.h"

#include <cmath>
#include <cstddef>
#include <numbers>

namespace slicecast::viewer::gl {
namespace {

constexpr const char* kVertex = R"glsl(
layout(location = 0) in vec3 position;
layout(location = 1) in vec4 tint;
uniform mat4 clip_from_world;
out vec4 shade;
void main() {
  shade = tint;
  gl_Position = clip_from_world * vec4(position, 1.0);
  gl_Position.z -= 2e-5 * gl_Position.w;  // borders win over the slices they frame
}
)glsl";
constexpr const char* kFragment = R"glsl(
in vec4 shade;
out vec4 colour;
void main() { colour = shade; }
)glsl";

constexpr int kCircleSteps = 64;

}  // namespace

Result<LineRenderer> LineRenderer::create() {
  auto program = Program::create("lines", kVertex, kFragment);
  if (!program) return program.error();
  LineRenderer lines;
  lines.program_ = *std::move(program);
  lines.array_ = VertexArray::make();
  lines.buffer_ = Buffer::make();
  glBindVertexArray(lines.array_.name());
  glBindBuffer(GL_ARRAY_BUFFER, lines.buffer_.name());
  glEnableVertexAttribArray(0);
  glVertexAttribPointer(0, 3, GL_FLOAT, GL_FALSE, sizeof(Vertex), nullptr);
  glEnableVertexAttribArray(1);
  glVertexAttribPointer(1, 4, GL_UNSIGNED_BYTE, GL_TRUE, sizeof(Vertex),
                        reinterpret_cast<const void*>(offsetof(Vertex, colour)));
  glBindVertexArray(0);
  return lines;
}

void LineRenderer::add(Vec3 from, Vec3 to, Rgba8 colour) {
  for (const Vec3& p : {from, to})
    vertices_.push_back(
        {static_cast<float>(p.x), static_cast<float>(p.y), static_cast<float>(p.z), colour});
}

void LineRenderer::add_box(const Box& box, Rgba8 colour) {
  const auto corner = [&](int i) {
    return Vec3{(i & 1) != 0 ? box.high.x : box.low.x, (i & 2) != 0 ? box.high.y : box.low.y,
                (i & 4) != 0 ? box.high.z : box.low.z};
  };
  for (int i = 0; i < 8; ++i)
    for (const int bit : {1, 2, 4})
      if ((i & bit) == 0) add(corner(i), corner(i | bit), colour);
}

void LineRenderer::add_border(const Pose& pose, Rgba8 colour) {
  const Vec3 corners[] = {pose.base, pose.base + pose.axis1, pose.base + pose.axis1 + pose.axis2,
                          pose.base + pose.axis2};
  for (std::size_t i = 0; i < 4; ++i) add(corners[i], corners[(i + 1) % 4], colour);
}

void LineRenderer::add_cylinder(const geometry::FieldOfView& field, Rgba8 colour) {
  for (const double z : {field.z_min_mm, field.z_max_mm})
    for (int i = 0; i < kCircleSteps; ++i) {
      const double a = 2 * std::numbers::pi * i / kCircleSteps;
      const double b = 2 * std::numbers::pi * (i + 1) / kCircleSteps;
      add({field.radius_mm * std::cos(a), field.radius_mm * std::sin(a), z},
          {field.radius_mm * std::cos(b), field.radius_mm * std::sin(b), z}, colour);
    }
}

void LineRenderer::draw(const Matrix4& clip_from_world) {
  if (vertices_.empty()) return;
  program_.use();
  program_.set("clip_from_world", clip_from_world);
  glBindVertexArray(array_.name());
  glBindBuffer(GL_ARRAY_BUFFER, buffer_.name());
  glBufferData(GL_ARRAY_BUFFER, static_cast<GLsizeiptr>(vertices_.size() * sizeof(Vertex)),
               vertices_.data(), GL_STREAM_DRAW);
  glEnable(GL_BLEND);
  glBlendFunc(GL_SRC_ALPHA, GL_ONE_MINUS_SRC_ALPHA);
  glDrawArrays(GL_LINES, 0, static_cast<GLsizei>(vertices_.size()));
  glDisable(GL_BLEND);
  glBindVertexArray(0);
  vertices_.clear();
}

}  // namespace slicecast::viewer::gl
