#include <cmath>

#include "tests/unit/geometry/ray_plane.h"

using namespace slicecast;
using namespace slicecast::geometry;
using namespace slicecast::geometry::testing;

namespace {

const std::vector<Vec3> kPosedPoints{
    {0, 0, 0}, {7, -3, 5}, {-11, 2, -9}, {0.5, 12, 20}, {3, 3, -17}};

// Detector made by turning the laboratory, not the sample: laboratory frame with the beam along +y.
HandMadeDetector hand_made(const ScanGeometry& g, double theta) {
  const Vec3 beam{0, 1, 0}, across{1, 0, 0}, down{0, 0, -1};
  HandMadeDetector d;
  d.cone = g.beam == Beam::cone;
  d.pixel_mm = g.pixel_mm;
  const Vec3 u = turned(across, beam, g.roll_rad);
  const Vec3 v = turned(turned(down, beam, g.roll_rad), u, g.pitch_rad);
  d.source_or_ray = d.cone ? beam * -g.source_axis_mm : beam;
  d.reference = d.cone ? beam * (g.source_detector_mm - g.source_axis_mm) : Vec3{};
  d.reference_u = principal_column(g);
  d.reference_v = principal_row(g);
  // To the sample's frame: the axis leans away from the source, that is the upright axis is turned
  // from +z towards the beam about the across direction; then the sample turns by -theta.
  const auto to_sample = [&](Vec3 lab) {
    return turned(turned(lab, across, g.tilt_rad), {0, 0, 1}, theta);
  };
  d.source_or_ray = to_sample(d.source_or_ray);
  d.reference = to_sample(d.reference);
  d.unit_u = to_sample(u);
  d.unit_v = to_sample(v);
  return d;
}

void check_against_rays(const ScanGeometry& g) {
  REQUIRE(validate(g));
  for (double theta : {0.0, 0.8, 4.0})
    for (Vec3 point : kPosedPoints) {
      const auto expected = intersect(hand_made(g, theta), point);
      const auto p = project(projection_at(g, theta).matrix, point);
      CHECK(p.u == Approx(expected.u).margin(1e-8));
      CHECK(p.v == Approx(expected.v).margin(1e-8));
    }
}

// Column where the axis crosses mid-height, found by bisection along z.
double column_at_mid_height(const ScanGeometry& g) {
  const auto matrix = projection_at(g, 0.6).matrix;
  double low = -20, high = 20;
  for (int i = 0; i < 80; ++i) {
    const double middle = (low + high) / 2;
    (project(matrix, {0, 0, middle}).v > (upright_rows(g) - 1) / 2.0 ? low : high) = middle;
  }
  return project(matrix, {0, 0, low}).u;
}

}  // namespace

TEST_CASE("detector roll turns the image about the beam") {
  for (auto g : {parallel_scan(), cone_scan()}) {
    g.roll_rad = 0.05;
    g.axis_column = 66;
    check_against_rays(g);
    // u turned towards v (clockwise seen from the source): a fixed point drifts anticlockwise.
    CHECK(project(projection_at(g, 0).matrix, {10, 0, 0}).v < 50);
  }
}

TEST_CASE("detector pitch tips the lower rows along the beam") {
  for (auto g : {parallel_scan(), cone_scan()}) {
    g.pitch_rad = 0.2;
    check_against_rays(g);
    const auto p = projection_at(g, 0);
    CHECK(dot(p.detector_v, {0, 1, 0}) > 0);
  }
  auto g = parallel_scan();
  g.pitch_rad = 0.2;
  CHECK(project(projection_at(g, 1).matrix, {0, 0, 5}).v == Approx(50 - 10 / std::cos(0.2)));
}

TEST_CASE("laminography tilt leans the axis away from the source") {
  for (auto g : {parallel_scan(), cone_scan()}) {
    g.tilt_rad = 0.5;
    check_against_rays(g);
    g.roll_rad = -0.03;
    g.pitch_rad = 0.02;
    check_against_rays(g);
  }
  auto g = parallel_scan();
  g.tilt_rad = 0.5;
  const auto p = projection_at(g, 0.3);
  CHECK(p.source.z == Approx(std::sin(0.5)));
  CHECK(dot(cross(p.detector_u, p.detector_v), p.source) == Approx(0.25));
  // A point on the axis stays put while the sample turns, at v = (H-1)/2 - z cos(tilt)/p.
  for (double theta : {0.0, 2.0})
    CHECK(project(projection_at(g, theta).matrix, {0, 0, 10}).v == Approx(50 - 20 * std::cos(0.5)));
  auto cone = cone_scan();
  cone.tilt_rad = 0.5;
  // The upper end of the axis is farther from the source.
  CHECK(project(projection_at(cone, 0).matrix, {0, 0, 10}).w > 1);
}

TEST_CASE(
    "c is the column of the axis at mid-height under any roll, pitch, tilt and principal point") {
  for (auto g : {parallel_scan(), cone_scan()}) {
    g.axis_column = 64.5;
    g.roll_rad = 0.04;
    CHECK(column_at_mid_height(g) == Approx(64.5).margin(1e-9));
    if (g.beam == Beam::parallel) continue;
    g.principal_row = 30;
    CHECK(column_at_mid_height(g) == Approx(64.5).margin(1e-9));
    g.principal_column = 82;
    CHECK(column_at_mid_height(g) == Approx(64.5).margin(1e-9));
    g.pitch_rad = 0.1;
    g.tilt_rad = -0.2;
    CHECK(column_at_mid_height(g) == Approx(64.5).margin(1e-9));
    g.principal_column.reset();
    CHECK(column_at_mid_height(g) == Approx(64.5).margin(1e-9));
  }
}

TEST_CASE("transpose swaps rows and columns before the matrices see the detector") {
  auto g = parallel_scan();
  CHECK(upright_rows(g) == 101);
  CHECK(upright_columns(g) == 151);
  g.transpose = true;
  CHECK(upright_rows(g) == 151);
  CHECK(upright_columns(g) == 101);
  CHECK(axis_column(g) == 50);
  const auto p = project(projection_at(g, 0.2).matrix, {});
  CHECK(p.u == Approx(50));
  CHECK(p.v == Approx(75));
}

TEST_CASE("flips act on the frame and leave the upright matrices alone") {
  auto g = cone_scan();
  const auto matrix = projection_at(g, 0.2).matrix;
  g.flip_u = g.flip_v = true;
  CHECK(projection_at(g, 0.2).matrix == matrix);
}
