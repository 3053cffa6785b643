#include <cmath>
#include <limits>

#include "common/phantom/built_in.h"
#include "tests/unit/phantom/scans.h"

using namespace slicecast;
using namespace slicecast::phantom;
using namespace slicecast::phantom::testing;
using geometry::Vec3;

namespace {

// Number of bodies but the container's that contain the point.
int bodies_at(const Phantom& phantom, Vec3 point, double time_s, std::size_t first) {
  int count = 0;
  for (std::size_t i = first; i < phantom.bodies.size(); ++i) {
    const Vec3 p = UnitMap(at_time(phantom.bodies[i], time_s)).point(point);
    count += dot(p, p) <= 1;
  }
  return count;
}

}  // namespace

TEST_CASE("impossible ellipsoids and unknown phantoms are refused") {
  Phantom phantom{{sphere({}, 1, 0.02)}};
  CHECK(validate(phantom));
  phantom.bodies[0].semi_axes.y = 0;
  CHECK_FALSE(validate(phantom));
  phantom = {{sphere({std::nan(""), 0, 0}, 1, 0.02)}};
  CHECK_FALSE(validate(phantom));
  phantom = {{sphere({}, 1, 0.02)}};
  phantom.bodies[0].direction2 = {1, 0, 0};
  CHECK_FALSE(validate(phantom));
  phantom = {{sphere({}, 1, 0.02)}};
  phantom.bodies[0].motion.growth_per_s = -0.1;
  CHECK_FALSE(validate(phantom));

  const auto unknown = make_built_in("brain", {});
  REQUIRE_FALSE(unknown);
  CHECK_THAT(unknown.error().message, Catch::Matchers::Contains("shepp_logan"));
  CHECK_FALSE(make_built_in("bubbles", {.radius_mm = 0}));
  CHECK_FALSE(make_built_in("bubbles", {.speed = -1}));
  CHECK_FALSE(make_built_in("weak", {.attenuation_per_mm = std::nan("")}));
}

TEST_CASE("every built-in phantom is valid and fits its radius") {
  for (const auto& name : built_in_names()) {
    INFO(name);
    const auto phantom = *make_built_in(name, {.radius_mm = 10});
    CHECK(validate(phantom));
    for (double angle = 0; angle < 6.3; angle += 0.1)
      for (double z : {-9.0, -5.0, 0.0, 5.0, 8.0})
        CHECK(std::abs(value(phantom, {10.05 * std::cos(angle), 10.05 * std::sin(angle), z}, 0)) <
              1e-12);
  }
}

TEST_CASE("values add up inside bodies and a surface belongs to its body") {
  const Phantom phantom{{sphere({1, 0, 0}, 2, 0.02), sphere({1, 0, 0}, 1, -0.005)}};
  CHECK(value(phantom, {1, 0, 0}, 0) == Approx(0.015));
  CHECK(value(phantom, {2.5, 0, 0}, 0) == Approx(0.02));
  CHECK(value(phantom, {3, 0, 0}, 0) == Approx(0.02));
  CHECK(value(phantom, {3.0001, 0, 0}, 0) == 0);
}

TEST_CASE("rasterised points have the value of their place on any grid") {
  const Phantom phantom{{oblique_body(), sphere({-3, 2, 0}, 2.5, 0.01)}};
  const auto oblique = geometry::grid_of({{-6, -5, -3}, {10, 2, 1}, {-1, 9, 5}}, 23, 31);
  for (const auto& grid : {geometry::volume_grid(17, 19, 21, 0.7), oblique}) {
    std::vector<float> values(static_cast<std::size_t>(grid.planes * grid.rows * grid.columns));
    rasterise(phantom, grid, 0, values.data());
    std::size_t i = 0, inside = 0;
    for (int k = 0; k < grid.planes; ++k)
      for (int r = 0; r < grid.rows; ++r)
        for (int c = 0; c < grid.columns; ++c, ++i) {
          const double expected = value(phantom, point_at(grid, k, r, c), 0);
          inside += expected > 0;
          REQUIRE(values[i] == Approx(expected).margin(1e-9));
        }
    CHECK(inside > 100);
  }
}

TEST_CASE("bodies of the accuracy phantom do not overlap and lie at heights 0, 50 and 80") {
  const auto phantom = *make_built_in("ellipsoids", {});
  std::vector<int> at_height(3);
  for (double x = -100; x <= 100; x += 4)
    for (double y = -100; y <= 100; y += 4)
      for (double z = -100; z <= 100; z += 4) {
        const int bodies = bodies_at(phantom, {x, y, z}, 0, 0);
        REQUIRE(bodies <= 1);
        if (bodies == 1) REQUIRE(std::hypot(x, y) < 100);
        if (bodies == 1 && z == 0) ++at_height[0];
        if (bodies == 1 && z == 48) ++at_height[1];
        if (bodies == 1 && z == 80) ++at_height[2];
      }
  for (int count : at_height) CHECK(count > 40);
  CHECK(value(phantom, {0, 0, 0}, 0) == Approx(0.02));
  CHECK(value(*make_built_in("weak", {}), {0, 0, 0}, 0) == Approx(1e-4));
}

TEST_CASE("the Shepp-Logan phantom has the textbook values") {
  const auto phantom = *make_built_in("shepp_logan", {.radius_mm = 116});
  CHECK(value(phantom, {0, 0, 100}, 0) == Approx(1.02));
  CHECK(value(phantom, {0, 0.9 * 116, 0}, 0) == Approx(2));
  CHECK(value(phantom, {-0.22 * 116, 0, -0.25 * 116}, 0) == Approx(1.0));
  CHECK(value(phantom, {0, 0.1 * 116, 0.625 * 116}, 0) == Approx(1.0));
  // The left ventricle is turned by 108 degrees: its long axis points along that direction.
  const double a = 108 * M_PI / 180, d = 0.38 * 116;
  const Vec3 tip{-0.22 * 116 + d * std::cos(a), d * std::sin(a), -0.25 * 116};
  CHECK(value(phantom, tip, 0) < 1.0401 - 0.02 + 1e-9);
  CHECK(bodies_at({{phantom.bodies[2]}}, tip, 0, 0) == 1);
}

TEST_CASE("bubbles rise, grow, start again and never overlap") {
  const auto phantom = *make_built_in("bubbles", {.radius_mm = 20});
  CHECK(phantom.bodies.size() == 38);
  const auto& bubble = phantom.bodies[5];
  const double speed = bubble.motion.velocity.z;
  REQUIRE(speed > 0);
  const auto before = at_time(bubble, 0), after = at_time(bubble, 1);
  const double lap = (bubble.motion.wrap_high_mm - bubble.motion.wrap_low_mm) / speed;
  if (after.centre.z > before.centre.z) {
    CHECK(after.centre.z - before.centre.z == Approx(speed));
    CHECK(after.semi_axes.x > before.semi_axes.x);
  }
  CHECK(at_time(bubble, lap).centre.z == Approx(before.centre.z));
  CHECK(at_time(bubble, lap).semi_axes.x == Approx(before.semi_axes.x));
  for (double time : {0.0, 13.0, 57.0, 400.0}) {
    int voids = 0;
    for (double x = -20; x <= 20; x += 0.8)
      for (double y = -20; y <= 20; y += 0.8)
        for (double z = -30; z <= 30; z += 0.8) {
          const int here = bodies_at(phantom, {x, y, z}, time, 2);
          REQUIRE(here <= 1);
          if (here == 1) REQUIRE(std::hypot(x, y) < 0.94 * 20);
          voids += here;
        }
    CHECK(voids > 100);
  }
  CHECK(value(phantom, {0.2, -0.1, 40}, 0) == Approx(0.02));  // gel
  CHECK(value(phantom, {19.5, 0, 0}, 0) == Approx(0.03));     // container
}

TEST_CASE("the seed decides where bubbles are") {
  const auto first = *make_built_in("bubbles", {.seed = 1}),
             again = *make_built_in("bubbles", {.seed = 1}),
             other = *make_built_in("bubbles", {.seed = 2});
  CHECK(first.bodies[7].semi_axes.x == again.bodies[7].semi_axes.x);
  CHECK(first.bodies[7].semi_axes.x != other.bodies[7].semi_axes.x);
}
