#include "viewer/gl/slice_renderer.h"

#include <cstdint>
#include <string>

#include "viewer/gl/shaders.h"

namespace slicecast::viewer::gl {
namespace {

constexpr const char* kVertex = R"glsl(
uniform mat4 clip_from_drawn;
uniform vec3 drawn_base, drawn_axis1, drawn_axis2;
uniform vec3 world_base, world_axis1, world_axis2;
out vec2 at;
out vec3 point;
void main() {
  at = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  point = world_base + at.x * world_axis1 + at.y * world_axis2;
  gl_Position = clip_from_drawn * vec4(drawn_base + at.x * drawn_axis1 + at.y * drawn_axis2, 1.0);
}
)glsl";

constexpr const char* kFragment = R"glsl(
in vec2 at;
in vec3 point;
out vec4 colour;
uniform sampler2D image, colours, palette;
uniform sampler3D volume;
uniform usampler2D labels;
uniform vec3 volume_low, volume_size;
uniform bool hide_outside;
uniform float brightness;
uniform float first_step, steps;  // of values; no steps: classes

#if OVERLAY
// `reach`: labels from one pixel of the screen to the next.
vec4 class_colour(vec2 reach) {
  ivec2 size = textureSize(labels, 0);
  ivec2 here = clamp(ivec2(at * vec2(size)), ivec2(0), size - 1);
  uint label = texelFetch(labels, here, 0).r;
  int column = int(min(label, 255u));
  if (steps > 0.0 && label != 65535u)
    column = int(clamp((float(label) - first_step) / steps, 0.0, 1.0) * 254.0 + 0.5);
  vec4 tint = texelFetch(palette, ivec2(column, 0), 0);
  if (texelFetch(palette, ivec2(column, 1), 0).r < 0.5) return tint;
  // At least a label wide, and at least a pixel of the screen: a border between two of them would
  // be seen here and missed there.
  ivec2 wide = max(ivec2(1), ivec2(ceil(reach)));
  bool border = false;
  for (int i = 0; i < 4; ++i) {
    ivec2 step = wide * ivec2(i == 0 ? 1 : i == 1 ? -1 : 0, i == 2 ? 1 : i == 3 ? -1 : 0);
    border = border || texelFetch(labels, clamp(here + step, ivec2(0), size - 1), 0).r != label;
  }
  return border ? vec4(tint.rgb, 1.0) : vec4(0.0);
}
#endif

void main() {
#if OVERLAY
  vec2 reach = fwidth(at) * vec2(textureSize(labels, 0));  // before any pixel is given up
#endif
  if (hide_outside && outside_field(point)) discard;
#if SOURCE == IMAGE
  float value = texture(image, at).r;
#elif SOURCE == VOLUME
  vec3 inside = (point - volume_low) / volume_size;
  if (any(lessThan(inside, vec3(0.0))) || any(greaterThan(inside, vec3(1.0)))) discard;
  float value = texture(volume, inside).r;
#endif
#if SOURCE == NOTHING
  vec3 shade = vec3(0.12);
#else
  if (isnan(value)) discard;
  vec3 shade = texture(colours, vec2((share_of(value) * 255.0 + 0.5) / 256.0, 0.5)).rgb;
#endif
#if OVERLAY
  vec4 tint = class_colour(reach);
  shade = mix(shade, tint.rgb, tint.a);
#endif
#if SOURCE != IMAGE
  // Stripes say without words that this is not the slice itself.
  if (mod(gl_FragCoord.x + gl_FragCoord.y, 14.0) < 2.0)
    shade = mix(shade, vec3(1.0, 0.65, 0.1), 0.7);
#endif
  colour = vec4(shade * brightness, 1.0);
}
)glsl";

enum Source : std::uint8_t { image, volume, nothing };
struct Variant {
  Source source;
  bool overlay, curved;
};
constexpr std::array<Variant, SliceRenderer::kVariants> kPrograms{{{image, false, false},
                                                                   {image, false, true},
                                                                   {image, true, false},
                                                                   {image, true, true},
                                                                   {volume, false, false},
                                                                   {volume, false, true},
                                                                   {nothing, false, false}}};

std::size_t variant_of(const SliceLook& look) {
  const bool curved = look.intensity.scale != Scale::linear;
  if (look.image != 0) return (look.overlay ? 2U : 0U) + (curved ? 1U : 0U);
  return look.stand_in ? (curved ? 5 : 4) : 6;
}

std::string fragment_of(const Variant& variant) {
  return defined("IMAGE", image) + defined("VOLUME", volume) + defined("NOTHING", nothing) +
         defined("SOURCE", variant.source) + defined("OVERLAY", variant.overlay ? 1 : 0) +
         defined("CURVED", variant.curved ? 1 : 0) + kIntensityGlsl + kFieldGlsl + kFragment;
}

void bind(int unit, GLenum target, GLuint texture) {
  glActiveTexture(GL_TEXTURE0 + static_cast<GLenum>(unit));
  glBindTexture(target, texture);
}

}  // namespace

void set_intensity(Program& program, const Intensity& intensity) {
  program.set("low", static_cast<float>(intensity.low));
  program.set("high", static_cast<float>(intensity.high));
  program.set("gamma", static_cast<float>(intensity.gamma));
  program.set("scale", intensity.scale == Scale::log ? 1 : intensity.scale == Scale::gamma ? 2 : 0);
}

void set_field(Program& program, const std::optional<geometry::FieldOfView>& field) {
  if (!field) return program.set("field", 0.0F, 0.0F, 0.0F);
  // The rim is inclusive: a pixel on it counts although rounding may put it just outside.
  const double slack = 1e-5 * field->radius_mm;
  program.set("field",
              Vec3{field->radius_mm + slack, field->z_min_mm - slack, field->z_max_mm + slack});
}

Result<SliceRenderer> SliceRenderer::create() {
  SliceRenderer renderer;
  for (std::size_t i = 0; i < kVariants; ++i) {
    auto program = Program::create("slice", kVertex, fragment_of(kPrograms[i]));
    if (!program) return program.error();
    renderer.programs_[i] = *std::move(program);
  }
  renderer.vertices_ = VertexArray::make();
  return renderer;
}

void SliceRenderer::draw(const SliceLook& look) {
  Program& program = programs_[variant_of(look)];
  program.use();
  glBindVertexArray(vertices_.name());
  program.set("clip_from_drawn", look.clip_from_drawn);
  program.set("drawn_base", look.drawn.base);
  program.set("drawn_axis1", look.drawn.axis1);
  program.set("drawn_axis2", look.drawn.axis2);
  program.set("world_base", look.world.base);
  program.set("world_axis1", look.world.axis1);
  program.set("world_axis2", look.world.axis2);
  set_intensity(program, look.intensity);
  set_field(program, look.field);
  program.set("first_step", look.overlay ? look.overlay->first_step : 0.0F);
  program.set("steps", look.overlay ? look.overlay->steps : 0.0F);
  program.set("hide_outside", look.hide_outside ? 1 : 0);
  program.set("brightness", look.dimmed ? 0.45F : 1.0F);
  if (look.stand_in) {
    program.set("volume_low", look.stand_in->box.low);
    program.set("volume_size", look.stand_in->box.high - look.stand_in->box.low);
  }
  // Every sampler has a unit of its own: two types on one unit are an error even when unused.
  program.set("image", 0);
  program.set("colours", 1);
  program.set("volume", 2);
  program.set("labels", 3);
  program.set("palette", 4);
  bind(1, GL_TEXTURE_2D, look.colours);
  bind(2, GL_TEXTURE_3D, look.stand_in ? look.stand_in->texture : 0);
  bind(3, GL_TEXTURE_2D, look.overlay ? look.overlay->labels : 0);
  bind(4, GL_TEXTURE_2D, look.overlay ? look.overlay->palette : 0);
  bind(0, GL_TEXTURE_2D, look.image);
  if (look.image != 0)
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, look.smooth ? GL_LINEAR : GL_NEAREST);
  glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
  glBindVertexArray(0);
}

}  // namespace slicecast::viewer::gl
