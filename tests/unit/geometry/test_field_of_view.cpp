#include <cmath>

#include "tests/unit/geometry/ray_plane.h"

using namespace slicecast;
using namespace slicecast::geometry;
using namespace slicecast::geometry::testing;

namespace {

bool seen_by_all(const ScanGeometry& g, Vec3 point) {
  for (int i = 0; i < 720; ++i) {
    const auto p = project(projection_at(g, i * M_PI / 360).matrix, point);
    if (p.u < -1e-6 || p.u > upright_columns(g) - 1 + 1e-6 || p.v < -1e-6 ||
        p.v > upright_rows(g) - 1 + 1e-6)
      return false;
  }
  return true;
}

// Every point just within the cylinder's rims is seen, points just outside are not.
void check_tight(const ScanGeometry& g) {
  const auto view = field_of_view(g, false);
  REQUIRE(view.z_min_mm < view.z_max_mm);
  for (double z : {view.z_min_mm, view.z_max_mm})
    CHECK(seen_by_all(g, {view.radius_mm * 0.9999, 0, z * 0.9999}));
  CHECK_FALSE(seen_by_all(g, {view.radius_mm, 0, view.z_max_mm * 1.01}));
  CHECK_FALSE(seen_by_all(g, {view.radius_mm, 0, view.z_min_mm * 1.01}));
}

}  // namespace

TEST_CASE("an axis at the detector's edge leaves no radius, and a larger side for an offset scan") {
  auto g = parallel_scan();
  g.axis_column = 0;
  CHECK(field_of_view(g, false).radius_mm == Approx(0).margin(1e-9));
  CHECK(field_of_view(g, true).radius_mm == Approx(75));
}

TEST_CASE("the parallel field of view is min(c, W-1-c) p wide and the detector high") {
  auto g = parallel_scan();
  g.axis_column = 60;
  const auto view = field_of_view(g, false);
  CHECK(view.radius_mm == Approx(30));
  CHECK(view.z_max_mm == Approx(25));
  CHECK(view.z_min_mm == Approx(-25));
  CHECK(field_of_view(g, true).radius_mm == Approx(45));
  check_tight(g);
}

TEST_CASE("the cone field of view touches the outermost rays") {
  auto g = cone_scan();
  g.axis_column = 60;
  g.principal_row = 40;
  const auto view = field_of_view(g, false);
  CHECK(view.radius_mm == Approx(400 * std::sin(std::atan(30.0 / 1000))));
  CHECK(view.z_max_mm == Approx((400 - view.radius_mm) * 20 / 1000));
  CHECK(view.z_min_mm == Approx(-(400 - view.radius_mm) * 30 / 1000));
  CHECK_FALSE(seen_by_all(g, {view.radius_mm * 1.001, 0, 0}));
  check_tight(g);
}

TEST_CASE("a tilted scan gets a cylinder that every projection sees") {
  for (auto g : {parallel_scan(), cone_scan()}) {
    g.tilt_rad = 0.9;
    check_tight(g);
  }
}

TEST_CASE("measured vectors give the field of view of the same scan") {
  auto g = cone_scan();
  const auto expected = field_of_view(g, false);
  for (int i = 0; i < 8; ++i) g.vectors.push_back(to_astra(projection_at(g, i * M_PI / 4)));
  const auto view = field_of_view(g, false);
  CHECK(view.radius_mm == Approx(expected.radius_mm));
  CHECK(view.z_max_mm == Approx(expected.z_max_mm));
  CHECK(half_fan_angle(g) == Approx(half_fan_angle(cone_scan())));
}

TEST_CASE("a single row is one pixel high") {
  auto g = parallel_scan();
  g.rows = 1;
  const auto view = field_of_view(g, false);
  CHECK(view.z_max_mm == Approx(0.25));
  CHECK(view.z_min_mm == Approx(-0.25));
}

TEST_CASE("the half fan angle is that of the wider side and 0 for a parallel beam") {
  CHECK(half_fan_angle(parallel_scan()) == 0);
  auto g = cone_scan();
  g.axis_column = 60;
  CHECK(half_fan_angle(g) == Approx(std::atan(45.0 / 1000)));
  CHECK(magnification(g) == 2.5);
  CHECK(magnification(parallel_scan()) == 1);
}
