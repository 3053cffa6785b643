#include "viewer/gl/volume_renderer.h"

#include <cmath>
#include <string>

#include "viewer/gl/shaders.h"

namespace slicecast::viewer::gl {
namespace {

// One triangle that covers everything.
constexpr const char* kVertex = R"glsl(
out vec2 screen;
void main() {
  screen = vec2(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0);
  gl_Position = vec4(screen, 0.0, 1.0);
}
)glsl";

constexpr const char* kMarch = R"glsl(
in vec2 screen;
out vec4 colour;
uniform sampler3D volume;
uniform sampler2D transfer, depth;
uniform mat4 world_from_clip;
uniform vec3 eye, volume_low, volume_size;
uniform float step_mm, voxel_mm;

vec3 unproject(float z) {
  vec4 point = world_from_clip * vec4(screen, z, 1.0);
  return point.xyz / point.w;
}

void main() {
  float scene_depth = texture(depth, 0.5 * screen + 0.5).r;
  vec3 far_end = unproject(2.0 * scene_depth - 1.0);
  vec3 direction = normalize(far_end - eye);
  vec3 inverse = 1.0 / direction;
  vec3 a = (volume_low - eye) * inverse, b = (volume_low + volume_size - eye) * inverse;
  vec3 enter = min(a, b), leave = max(a, b);
  float begin = max(max(enter.x, enter.y), max(enter.z, 0.0));
  float end = min(min(leave.x, leave.y), min(leave.z, length(far_end - eye)));
  // A start that differs between neighbours turns rings of equal depth into fine noise.
  float shift = fract(52.9829189 * fract(dot(gl_FragCoord.xy, vec2(0.06711056, 0.00583715))));
  vec3 light = vec3(0.0);
  float through = 1.0;
  for (float t = begin + shift * step_mm; t < end && through > 0.02; t += step_mm) {
    vec3 point = eye + t * direction;
    if (outside_field(point)) continue;
    float value = texture(volume, (point - volume_low) / volume_size).r;
    vec4 sample_colour = texture(transfer, vec2((share_of(value) * 255.0 + 0.5) / 256.0, 0.5));
    float opacity = 1.0 - pow(1.0 - min(sample_colour.a, 0.999), step_mm / voxel_mm);
    light += through * opacity * sample_colour.rgb;
    through *= 1.0 - opacity;
  }
  colour = vec4(light, 1.0 - through);
}
)glsl";

constexpr const char* kBlend = R"glsl(
in vec2 screen;
out vec4 colour;
uniform sampler2D image;
void main() { colour = texture(image, 0.5 * screen + 0.5); }
)glsl";

}  // namespace

Matrix4 product(const Matrix4& a, const Matrix4& b) {
  Matrix4 result{};
  for (std::size_t column = 0; column < 4; ++column)
    for (std::size_t row = 0; row < 4; ++row)
      for (std::size_t k = 0; k < 4; ++k)
        result[4 * column + row] += a[4 * k + row] * b[4 * column + k];
  return result;
}

// Gauss-Jordan with row pivoting, in double.
Matrix4 inverse_of(const Matrix4& matrix) {
  double rows[4][8] = {};
  for (std::size_t r = 0; r < 4; ++r) {
    for (std::size_t c = 0; c < 4; ++c) rows[r][c] = matrix[4 * c + r];
    rows[r][4 + r] = 1;
  }
  for (std::size_t pivot = 0; pivot < 4; ++pivot) {
    std::size_t best = pivot;
    for (std::size_t r = pivot; r < 4; ++r)
      if (std::abs(rows[r][pivot]) > std::abs(rows[best][pivot])) best = r;
    if (rows[best][pivot] == 0) return {};
    std::swap(rows[best], rows[pivot]);
    const double scale = 1 / rows[pivot][pivot];
    for (double& value : rows[pivot]) value *= scale;
    for (std::size_t r = 0; r < 4; ++r) {
      const double factor = rows[r][pivot];
      if (r == pivot || factor == 0) continue;
      for (std::size_t c = 0; c < 8; ++c) rows[r][c] -= factor * rows[pivot][c];
    }
  }
  Matrix4 inverse{};
  for (std::size_t r = 0; r < 4; ++r)
    for (std::size_t c = 0; c < 4; ++c) inverse[4 * c + r] = static_cast<float>(rows[r][4 + c]);
  return inverse;
}

Result<VolumeRenderer> VolumeRenderer::create() {
  auto blend = Program::create("volume blend", kVertex, kBlend);
  if (!blend) return blend.error();
  VolumeRenderer renderer;
  for (const int curved : {0, 1}) {
    auto march = Program::create("volume", kVertex,
                                 defined("CURVED", curved) + kIntensityGlsl + kFieldGlsl + kMarch);
    if (!march) return march.error();
    renderer.marches_[static_cast<std::size_t>(curved)] = *std::move(march);
  }
  renderer.blend_ = *std::move(blend);
  renderer.vertices_ = VertexArray::make();
  return renderer;
}

void VolumeRenderer::draw(const VolumeLook& look, const Framebuffer& scene) {
  small_.resize(scene.width() / look.reduction, scene.height() / look.reduction, false);
  small_.bind();
  glDisable(GL_DEPTH_TEST);
  glDisable(GL_BLEND);
  glBindVertexArray(vertices_.name());
  Program& march = marches_[look.intensity.scale == Scale::linear ? 0 : 1];
  march.use();
  march.set("world_from_clip", look.world_from_clip);
  march.set("eye", look.eye);
  march.set("volume_low", look.volume.box.low);
  march.set("volume_size", look.volume.box.high - look.volume.box.low);
  const auto voxel = static_cast<float>(look.voxel_mm);
  march.set("voxel_mm", voxel);
  march.set("step_mm", look.reduction > 2 ? 2 * voxel : voxel);
  set_intensity(march, look.intensity);
  set_field(march, look.field);
  march.set("volume", 0);
  march.set("transfer", 1);
  march.set("depth", 2);
  glActiveTexture(GL_TEXTURE0);
  glBindTexture(GL_TEXTURE_3D, look.volume.texture);
  glActiveTexture(GL_TEXTURE1);
  glBindTexture(GL_TEXTURE_2D, look.transfer);
  glActiveTexture(GL_TEXTURE2);
  glBindTexture(GL_TEXTURE_2D, scene.depth());
  glDrawArrays(GL_TRIANGLES, 0, 3);

  scene.bind();
  glEnable(GL_BLEND);
  glBlendFunc(GL_ONE, GL_ONE_MINUS_SRC_ALPHA);
  blend_.use();
  blend_.set("image", 0);
  glActiveTexture(GL_TEXTURE0);
  glBindTexture(GL_TEXTURE_2D, small_.colour());
  glDrawArrays(GL_TRIANGLES, 0, 3);
  glDisable(GL_BLEND);
  glBindVertexArray(0);
}

}  // namespace slicecast::viewer::gl
