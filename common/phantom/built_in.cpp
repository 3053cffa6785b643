#include "common/phantom/built_in.h"

#include <cmath>
#include <limits>

#include "common/phantom/random.h"

namespace slicecast::phantom {
namespace {

using geometry::Vec3;

constexpr double kEndless = std::numeric_limits<double>::infinity();

Ellipsoid ellipsoid(Vec3 centre, Vec3 semi_axes, double attenuation, double turn_rad = 0) {
  Ellipsoid body;
  body.centre = centre;
  body.semi_axes = semi_axes;
  body.attenuation_per_mm = attenuation;
  return turned_about_z(body, turn_rad);
}

// Around the equator, half-way up and down, and at 0.8 radii; every body within radius 1 of the
// axis and at least 0.05 from the next, so that each can be eroded and averaged alone.
Phantom accuracy_bodies(double r, double mu) {
  Phantom phantom;
  const auto add = [&](Vec3 centre, Vec3 semi_axes, double strength, double turn_rad = 0) {
    phantom.bodies.push_back(ellipsoid(centre * r, semi_axes * r, strength * mu, turn_rad));
  };
  add({0, 0, 0}, {0.20, 0.20, 0.20}, 1.0);
  add({0.60, 0.10, 0}, {0.28, 0.18, 0.20}, 1.0, 0.5);
  add({-0.45, 0.45, 0}, {0.24, 0.16, 0.18}, 0.8, -0.7);
  add({-0.30, -0.60, 0}, {0.22, 0.22, 0.22}, 0.9);
  add({0.35, -0.55, 0.02}, {0.16, 0.16, 0.16}, 0.7);
  add({0.30, 0.30, 0.50}, {0.22, 0.22, 0.20}, 1.0);
  add({-0.40, -0.20, 0.50}, {0.26, 0.18, 0.18}, 0.9, 0.3);
  add({0.10, -0.45, -0.50}, {0.24, 0.20, 0.20}, 1.0);
  add({-0.25, 0.35, -0.50}, {0.20, 0.20, 0.20}, 0.8);
  add({0, 0, 0.80}, {0.18, 0.18, 0.16}, 1.0);
  add({0.50, 0, 0.80}, {0.16, 0.16, 0.16}, 0.8);
  return phantom;
}

Phantom shepp_logan(double r, double mu) {
  struct Row {
    Vec3 centre, semi_axes;
    double turn_degrees, density;
  };
  constexpr Row kTable[] = {
      {{0, 0, 0}, {0.69, 0.92, 0.90}, 0, 2},
      {{0, 0, 0}, {0.6624, 0.874, 0.880}, 0, -0.98},
      {{-0.22, 0, -0.25}, {0.41, 0.16, 0.21}, 108, -0.02},
      {{0.22, 0, -0.25}, {0.31, 0.11, 0.22}, 72, -0.02},
      {{0, 0.35, -0.25}, {0.21, 0.25, 0.50}, 0, 0.02},
      {{0, 0.10, -0.25}, {0.046, 0.046, 0.046}, 0, 0.02},
      {{-0.08, -0.65, -0.25}, {0.046, 0.023, 0.02}, 0, 0.01},
      {{0.06, -0.65, -0.25}, {0.046, 0.023, 0.02}, 90, 0.01},
      {{0.06, -0.105, 0.625}, {0.056, 0.04, 0.10}, 90, 0.02},
      {{0, 0.10, 0.625}, {0.056, 0.056, 0.10}, 0, -0.02},
  };
  Phantom phantom;
  for (const auto& row : kTable)
    phantom.bodies.push_back(ellipsoid(row.centre * r, row.semi_axes * r, row.density * mu,
                                       row.turn_degrees * M_PI / 180));
  return phantom;
}

// Voids of one column rise at one speed, half a lap apart, and columns are wider than their voids:
// no two ever overlap, whatever the time.
Phantom bubbles(const BuiltIn& options, double gel) {
  constexpr int kColumns = 18;
  constexpr double kHalfHeight = 1.3, kWall = 0.06;
  const double r = options.radius_mm;
  Phantom phantom;
  phantom.bodies.push_back(ellipsoid({}, {r, r, kEndless}, 1.5 * gel));
  const double inner = r * (1 - kWall);
  phantom.bodies.push_back(ellipsoid({}, {inner, inner, kEndless}, -0.5 * gel));
  for (int column = 0; column < kColumns; ++column) {
    const auto words = philox({static_cast<std::uint32_t>(column), 0, 0, 0}, options.seed);
    const auto fraction = [&](std::size_t i) { return words[i] / 4294967296.0; };
    // Sunflower spacing: neighbours are at least 0.26 radii apart.
    const double distance = 0.76 * r * std::sqrt((column + 0.5) / kColumns);
    const double angle = column * M_PI * (3 - std::sqrt(5.0));
    const double largest = r * (0.06 + 0.06 * fraction(0));
    const double speed = r * (0.01 + 0.02 * fraction(1));
    const double start = 2 * kHalfHeight * fraction(2);
    const double flattening = 0.75 + 0.25 * fraction(3);
    const double lap_s = 2 * kHalfHeight * r / speed;
    for (int half = 0; half < 2; ++half) {
      const double height = std::fmod(start + half * kHalfHeight, 2 * kHalfHeight) - kHalfHeight;
      Ellipsoid bubble;
      bubble.centre = {distance * std::cos(angle), distance * std::sin(angle), height * r};
      bubble.semi_axes = Vec3{1, 1, flattening} * (largest * 0.6);
      bubble.attenuation_per_mm = -gel;
      bubble.motion.velocity = {0, 0, speed * options.speed};
      bubble.motion.growth_per_s = options.speed * (1 / 0.6 - 1) / lap_s;
      bubble.motion.wrap_low_mm = -kHalfHeight * r;
      bubble.motion.wrap_high_mm = kHalfHeight * r;
      phantom.bodies.push_back(bubble);
    }
  }
  return phantom;
}

}  // namespace

std::vector<std::string> built_in_names() {
  return {"bubbles", "ellipsoids", "weak", "shepp_logan", "cylinder"};
}

Result<Phantom> make_built_in(std::string_view name, const BuiltIn& options) {
  if (!(options.radius_mm > 0) || !std::isfinite(options.radius_mm))
    return Error{Errc::invalid_argument, "a phantom needs a radius > 0 mm; set its radius"};
  if (!(options.speed >= 0) || !std::isfinite(options.speed))
    return Error{Errc::invalid_argument, "a phantom's speed must be >= 0; 1 is the usual one"};
  const double r = options.radius_mm;
  const auto attenuation = [&](double usual) { return options.attenuation_per_mm.value_or(usual); };
  if (!std::isfinite(attenuation(0)))
    return Error{Errc::invalid_argument, "a phantom's attenuation must be finite, in 1/mm"};
  if (name == "bubbles") return bubbles(options, attenuation(0.02));
  if (name == "ellipsoids") return accuracy_bodies(r, attenuation(0.02));
  if (name == "weak") return accuracy_bodies(r, attenuation(1e-4));
  if (name == "shepp_logan") return shepp_logan(r, attenuation(1));
  if (name == "cylinder") return Phantom{{ellipsoid({}, {r, r, kEndless}, attenuation(0.02))}};
  std::string known;
  for (const auto& each : built_in_names()) known += (known.empty() ? "" : ", ") + each;
  return Error{Errc::not_found,
               "there is no phantom '" + std::string(name) + "'; known phantoms: " + known};
}

}  // namespace slicecast::phantom
