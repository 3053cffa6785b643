// Parts that several shaders share, as GLSL text without a version line.
#pragma once

#include <string>

namespace slicecast::viewer::gl {

// A line that chooses between alternatives in the text after it. Not a uniform: software renderers
// compute both sides of every branch for every pixel.
inline std::string defined(const std::string& name, int value) {
  return "#define " + name + " " + std::to_string(value) + "\n";
}

// share_of(value): the formula of model/intensity.h, from uniforms low, high, and with CURVED 1
// scale and gamma; with CURVED 0 it is linear.
inline constexpr const char* kIntensityGlsl = R"glsl(
uniform float low, high, gamma;
uniform int scale;  // 0 linear, 1 log, 2 gamma
float share_of(float value) {
  float x = clamp((value - low) / (high - low), 0.0, 1.0);
#if CURVED
  if (scale == 1) return log(1.0 + 1000.0 * x) / log(1001.0);
  if (scale == 2) return pow(x, gamma);
#endif
  return x;
}
)glsl";

// outside_field(point): whether values mean nothing there. field = radius, z_min, z_max; a radius
// of 0: not known.
inline constexpr const char* kFieldGlsl = R"glsl(
uniform vec3 field;
bool outside_field(vec3 point) {
  return field.x > 0.0 && (length(point.xy) > field.x || point.z < field.y || point.z > field.z);
}
)glsl";

}  // namespace slicecast::viewer::gl
