#include <algorithm>
#include <cmath>
#include <limits>

#include "common/phantom/built_in.h"
#include "tests/unit/phantom/scans.h"

using namespace slicecast;
using namespace slicecast::phantom;
using namespace slicecast::phantom::testing;
using geometry::Vec3;

namespace {

// Midpoint rule along a line, counting the steps inside the body by its definition.
double summed(const Phantom& phantom, Vec3 from, Vec3 direction, double length, int steps) {
  const Vec3 step = direction * (length / steps / norm(direction));
  double sum = 0;
  for (int i = 0; i < steps; ++i) sum += value(phantom, from + step * (i + 0.5), 0);
  return sum * length / steps;
}

}  // namespace

TEST_CASE("an empty phantom and rays that miss give exactly 0") {
  for (const auto& g : {parallel_scan(), cone_scan()}) {
    for (float p : projected({}, g, 0.3)) REQUIRE(p == 0);
    const auto image = projected({{sphere({0, 0, 0}, 3, 0.02)}}, g, 0.3);
    CHECK(image[0] == 0);
    CHECK(image[64 * 80 - 1] == 0);
  }
}

TEST_CASE("a sphere's parallel projection is 2 mu sqrt(r^2 - s^2)") {
  const auto g = parallel_scan();
  const Vec3 centre{3, -2, 1};
  for (double theta : {0.0, 0.9, 2.2}) {
    const auto image = projected({{sphere(centre, 5, 0.02)}}, g, theta);
    for (int r = 0; r < 64; ++r)
      for (int c = 0; c < 80; ++c) {
        const double x =
            (c - 39.5) * 0.5 - (centre.x * std::cos(theta) + centre.y * std::sin(theta));
        const double z = (31.5 - r) * 0.5 - centre.z;
        const double expected = 0.04 * std::sqrt(std::max(0.0, 25 - x * x - z * z));
        REQUIRE(image[std::size_t(r * 80 + c)] == Approx(expected).epsilon(1e-6).margin(1e-8));
      }
  }
}

TEST_CASE("a sphere's cone projection is 2 mu sqrt(r^2 - distance of the ray^2)") {
  auto g = cone_scan();
  g.axis_column = 36;
  const Vec3 centre{3, -2, 1};
  for (double theta : {0.0, 0.9, 4.0}) {
    const auto image = projected({{sphere(centre, 5, 0.02)}}, g, theta);
    const Vec3 u{std::cos(theta), std::sin(theta), 0}, beam{-std::sin(theta), std::cos(theta), 0};
    for (int r = 0; r < 64; ++r)
      for (int c = 0; c < 80; ++c) {
        const Vec3 ray = beam * 200.0 + u * ((c - 36) * 0.5) + Vec3{0, 0, (31.5 - r) * 0.5};
        const double distance = norm(cross(centre + beam * 100.0, ray)) / norm(ray);
        const double expected = 0.04 * std::sqrt(std::max(0.0, 25 - distance * distance));
        REQUIRE(image[std::size_t(r * 80 + c)] == Approx(expected).epsilon(1e-6).margin(1e-8));
      }
  }
}

TEST_CASE("an infinite cylinder projects to its chord in every row") {
  const auto phantom = *make_built_in("cylinder", {.radius_mm = 8});
  const auto flat = projected(phantom, parallel_scan(), 1);
  for (int r : {0, 31, 63})
    CHECK(flat[std::size_t(r * 80 + 40)] == Approx(0.04 * std::sqrt(64 - 0.0625)));
  // Cone: rays climb, chords lengthen by 1 / cos of the elevation.
  const auto cone = projected(phantom, cone_scan(), 1);
  const double level = cone[31 * 80 + 40], edge = cone[40];
  CHECK(edge / level ==
        Approx(std::hypot(200.0, 0.25, 31.5 * 0.5) / std::hypot(200.0, 0.25, 0.25)).epsilon(1e-5));
}

TEST_CASE("oblique bodies agree with sums along the rays, parallel, cone and tilted") {
  const Phantom phantom{{oblique_body(), sphere({-3, 3, -2}, 2, -0.01)}};
  auto laminography = parallel_scan();
  laminography.tilt_rad = 0.5;
  auto tilted_cone = cone_scan();
  tilted_cone.tilt_rad = -0.3;
  tilted_cone.roll_rad = 0.05;
  for (const auto& g : {parallel_scan(), cone_scan(), laminography, tilted_cone}) {
    const auto projection = projection_at(g, 0.7);
    const auto image = projected(phantom, g, 0.7);
    int hit = 0;
    for (int r = 3; r < 64; r += 5)
      for (int c = 5; c < 80; c += 4) {
        const Vec3 pixel = pixel_position(projection, 64, 80, c, r);
        const bool cone = g.beam == geometry::Beam::cone;
        const Vec3 ray = cone ? pixel - projection.source : projection.source;
        const Vec3 start = cone ? projection.source : pixel - projection.source * 100;
        const double expected = summed(phantom, start, ray, 200, 10000);
        REQUIRE(image[std::size_t(r * 80 + c)] == Approx(expected).margin(1e-3));
        REQUIRE(image[std::size_t(r * 80 + c)] ==
                Approx(line_integral(phantom, pixel, ray * 3, 0)).margin(1e-7));
        hit += expected > 0.01;
      }
    CHECK(hit > 5);
  }
}

TEST_CASE("a projection shows the phantom at its own time") {
  Ellipsoid body = sphere({0, 0, -5}, 2, 0.02);
  body.motion.velocity = {0, 0, 2};
  body.motion.growth_per_s = 0.1;
  const auto g = parallel_scan();
  const auto later = projected({{body}}, g, 0.4, 3);
  Ellipsoid still = sphere({0, 0, 1}, 2 * 1.3, 0.02);
  const auto expected = projected({{still}}, g, 0.4);
  for (std::size_t i = 0; i < later.size(); ++i)
    REQUIRE(later[i] == Approx(expected[i]).margin(1e-7));
  CHECK(later != projected({{body}}, g, 0.4, 0));
}

TEST_CASE("the mass of a phantom is the same in every parallel projection") {
  const auto phantom = *make_built_in("ellipsoids", {.radius_mm = 12});
  double truth = 0;
  for (const auto& b : phantom.bodies)
    truth += 4 * M_PI / 3 * b.semi_axes.x * b.semi_axes.y * b.semi_axes.z * b.attenuation_per_mm;
  for (double theta : {0.0, 0.5, 1.8}) {
    double sum = 0;
    for (float p : projected(phantom, parallel_scan(), theta)) sum += p;
    // The pixel sum is a quadrature: its error comes from the rims of the smallest bodies.
    CHECK(sum * 0.25 == Approx(truth).epsilon(5e-3));
  }
}
