#include <cmath>

#include "tests/unit/geometry/ray_plane.h"

using namespace slicecast;
using namespace slicecast::geometry;
using namespace slicecast::geometry::testing;

namespace {

const std::vector<Vec3> kPoints{{0, 0, 0}, {7, -3, 5}, {-11, 2, -9}, {0.5, 12, 20}, {3, 3, -17}};
const std::vector<double> kAngles{0, 0.4, M_PI / 2, 2.5, -1.1, 7.9};

void check_pixel(const Projected& p, double u, double v) {
  CHECK(p.u == Approx(u).margin(1e-9));
  CHECK(p.v == Approx(v).margin(1e-9));
}

}  // namespace

TEST_CASE("parallel beam follows u = (x cos + y sin)/p + c and v = (H-1)/2 - z/p") {
  auto g = parallel_scan();
  g.axis_column = 70.25;
  for (double theta : kAngles)
    for (Vec3 point : kPoints) {
      const auto p = project(projection_at(g, theta).matrix, point);
      check_pixel(p, (point.x * std::cos(theta) + point.y * std::sin(theta)) / 0.5 + 70.25,
                  50 - point.z / 0.5);
      CHECK(p.w == 1);
    }
  const auto matrix = projection_at(g, 0.4).matrix.m;
  CHECK(std::vector<double>(matrix.begin() + 8, matrix.end()) == std::vector<double>{0, 0, 0, 1});
  CHECK(matrix[2] == 0);  // u does not depend on z, exactly
}

TEST_CASE("the cone-beam source stands at SOD (sin, -cos, 0)") {
  for (double theta : kAngles) {
    const auto p = projection_at(cone_scan(), theta);
    CHECK(p.source.x == Approx(400 * std::sin(theta)).margin(1e-9));
    CHECK(p.source.y == Approx(-400 * std::cos(theta)).margin(1e-9));
    CHECK(p.source.z == Approx(0).margin(1e-12));
  }
}

TEST_CASE("cone-beam matrices agree with intersecting rays and the detector plane") {
  auto g = cone_scan();
  g.axis_column = 60;
  g.principal_row = 44;
  for (double theta : kAngles) {
    const Vec3 u{std::cos(theta), std::sin(theta), 0}, beam{-std::sin(theta), std::cos(theta), 0};
    const HandMadeDetector hand{true, beam * -400.0, beam * 600.0, 60, 44, u, {0, 0, -1}, 0.5};
    for (Vec3 point : kPoints) {
      const auto expected = intersect(hand, point);
      const auto p = project(projection_at(g, theta).matrix, point);
      check_pixel(p, expected.u, expected.v);
      CHECK(p.w == Approx((400 + dot(point, beam)) / 400));
    }
    CHECK(projection_at(g, theta).matrix.m[2] == 0);
    CHECK(projection_at(g, theta).matrix.m[10] == 0);
  }
}

TEST_CASE("w is 1 at the origin and positive in front of the source only") {
  auto g = cone_scan();
  g.tilt_rad = 0.3;
  g.roll_rad = 0.1;
  g.pitch_rad = -0.2;
  g.principal_column = 77;
  for (double theta : kAngles) {
    const auto p = projection_at(g, theta);
    CHECK(project(p.matrix, {}).w == 1);
    CHECK(project(p.matrix, p.source * 0.9).w > 0);
    CHECK(project(p.matrix, p.source * 1.1).w < 0);
  }
}

TEST_CASE("detector u, v and beam are right-handed and v points down") {
  for (const auto& g : {parallel_scan(), cone_scan()}) {
    const auto p = projection_at(g, 0.7);
    const Vec3 beam{-std::sin(0.7), std::cos(0.7), 0};
    CHECK(dot(cross(p.detector_u, p.detector_v), beam) == Approx(0.25));
    CHECK(p.detector_v.z == -0.5);
    CHECK(p.detector_u.x == Approx(0.5 * std::cos(0.7)));
    // Row 0 is on top: a higher point has a smaller row.
    CHECK(project(p.matrix, {0, 0, 1}).v < project(p.matrix, {}).v);
  }
}

TEST_CASE("the detector turns counter-clockwise seen from above and rotation_sense negates") {
  auto g = parallel_scan();
  const Vec3 on_y{0, 1, 0};
  CHECK(project(projection_at(g, 0.1).matrix, on_y).u > axis_column(g));
  CHECK(projection_at(g, 0.1).detector_u.y > 0);
  g.rotation_sense = -1;
  CHECK(project(projection_at(g, 0.1).matrix, on_y).u < axis_column(g));
  const auto mirrored = projection_at(g, 0.6);
  g.rotation_sense = 1;
  CHECK(mirrored.matrix == projection_at(g, -0.6).matrix);
}

TEST_CASE("pixel centres are at integers: the detector centre is pixel ((H-1)/2, (W-1)/2)") {
  for (const auto& g : {parallel_scan(), cone_scan()}) {
    const auto p = projection_at(g, 1.2);
    const auto centre = pixel_position(p, g.rows, g.columns, 75, 50);
    CHECK(norm(centre - p.detector_centre) < 1e-12);
    for (double u : {0.0, 33.0, 150.0})
      for (double v : {0.0, 71.0, 100.0})
        check_pixel(project(p.matrix, pixel_position(p, g.rows, g.columns, u, v) * 1.0), u, v);
  }
}

TEST_CASE("the axis column defaults to the middle and shows the axis") {
  for (auto g : {parallel_scan(), cone_scan()}) {
    CHECK(axis_column(g) == 75);
    check_pixel(project(projection_at(g, 0.3).matrix, {}), 75, 50);
    g.axis_column = 31.5;
    for (double z : {-8.0, 0.0, 8.0})
      CHECK(project(projection_at(g, 0.3).matrix, {0, 0, z}).u == Approx(31.5));
  }
}

TEST_CASE("principal point and axis column are separate") {
  auto g = cone_scan();
  g.axis_column = 60;
  CHECK(principal_column(g) == 60);
  g.principal_column = 80;
  g.principal_row = 40;
  const auto p = projection_at(g, 0.9);
  check_pixel(project(p.matrix, {}), 60, 40);
  // The foot of the perpendicular: the detector point straight ahead of the source.
  const Vec3 normal = cross(p.detector_u, p.detector_v) * (1 / 0.25);
  check_pixel(project(p.matrix, p.source + normal * 1000), 80, 40);
  CHECK(norm(pixel_position(p, g.rows, g.columns, 80, 40) - (p.source + normal * 1000)) < 1e-9);
  CHECK(dot(p.source * -1.0, normal) == Approx(400));
}

TEST_CASE("an unknown pixel size makes lengths pixels") {
  auto g = parallel_scan();
  g.pixel_mm = 1;
  g.pixel_size_known = false;
  g.rows = 2;
  REQUIRE(validate(g));
  // Row 0 of a two-row detector is half a pixel above the origin.
  CHECK(project(projection_at(g, 0).matrix, {0, 0, 0.5}).v == Approx(0).margin(1e-12));
}

TEST_CASE("angles come from the frame, the table, or start and step, unwrapped") {
  auto g = parallel_scan();
  g.angle_start_rad = 1;
  g.angle_step_rad = 0.5;
  CHECK(*angle_of(g, 20) == 11);
  CHECK(projection_of(g, 20, std::nullopt)->matrix == projection_at(g, 11).matrix);
  CHECK(projection_of(g, 20, 2.5)->matrix == projection_at(g, 2.5).matrix);
  g.angle_table_rad = {3, 4, 5};
  CHECK(*angle_of(g, 2) == 5);
  CHECK(projection_of(g, 1, std::nullopt)->matrix == projection_at(g, 4).matrix);
}
