#include <cmath>

#include "tests/unit/geometry/ray_plane.h"

using namespace slicecast;
using namespace slicecast::geometry;
using namespace slicecast::geometry::testing;

namespace {

// The vectors ASTRA's own documentation gives for its circular geometries: v along +z, and in the
// parallel case the ray pointing from the detector to the source.
ProjectionVector astra_parallel(double theta, double pixel) {
  const double c = std::cos(theta), s = std::sin(theta);
  return {{s, -c, 0, 0, 0, 0, pixel * c, pixel * s, 0, 0, 0, pixel}};
}
ProjectionVector astra_cone(double theta, double sod, double odd, double pixel) {
  const double c = std::cos(theta), s = std::sin(theta);
  return {{sod * s, -sod * c, 0, -odd * s, odd * c, 0, pixel * c, pixel * s, 0, 0, 0, pixel}};
}

void check_close(const Matrix34& a, const Matrix34& b) {
  for (std::size_t i = 0; i < 12; ++i) CHECK(a.m[i] == Approx(b.m[i]).margin(1e-9));
}

}  // namespace

TEST_CASE("ASTRA's circular vectors give the matrices of the parameters") {
  const auto parallel = parallel_scan();
  const auto cone = cone_scan();
  for (double theta : {0.0, 0.7, 3.3}) {
    check_close(from_astra(parallel, astra_parallel(theta, 0.5)).matrix,
                projection_at(parallel, theta).matrix);
    check_close(from_astra(cone, astra_cone(theta, 400, 600, 0.5)).matrix,
                projection_at(cone, theta).matrix);
  }
}

TEST_CASE("ASTRA's v points up: its lowest row is our last") {
  const auto g = parallel_scan();
  const auto p = from_astra(g, astra_parallel(0, 0.5));
  CHECK(p.detector_v.z == -0.5);
  CHECK(project(p.matrix, {0, 0, 25}).v == Approx(0).margin(1e-9));
}

TEST_CASE("a parallel ray of any length and sign becomes a unit beam, u, v, beam right-handed") {
  const auto g = parallel_scan();
  auto vector = astra_parallel(0.7, 0.5);
  for (std::size_t i = 0; i < 3; ++i) vector.v[i] *= 3;
  const auto p = from_astra(g, vector);
  CHECK(norm(p.source) == Approx(1));
  CHECK(dot(cross(p.detector_u, p.detector_v), p.source) == Approx(0.25));
}

TEST_CASE("vectors of tilted, rolled and shifted scans come back as the same matrix") {
  for (auto g : {parallel_scan(), cone_scan()}) {
    g.tilt_rad = 0.3;
    g.roll_rad = 0.1;
    g.pitch_rad = 0.05;
    g.axis_column = 66;
    const auto p = projection_at(g, 1.9);
    check_close(from_astra(g, to_astra(p)).matrix, p.matrix);
  }
}

TEST_CASE("a measured vector wins over the angle and is chosen by frame id") {
  auto g = cone_scan();
  for (double theta : {0.0, 0.1, 0.2}) g.vectors.push_back(astra_cone(theta, 400, 600, 0.5));
  REQUIRE(validate(g));
  check_close(projection_of(g, 2, 1.5)->matrix, projection_at(cone_scan(), 0.2).matrix);
}

TEST_CASE("measured vectors tell an unwrapped angle") {
  for (double sense : {1.0, -1.0}) {
    auto g = parallel_scan();
    g.rotation_sense = sense;
    for (int i = 0; i < 200; ++i) g.vectors.push_back(to_astra(projection_at(g, 0.05 * i)));
    for (std::uint64_t id : {0, 70, 199})
      CHECK(*angle_of(g, id) == Approx(0.05 * double(id)).margin(1e-9));
  }
}

TEST_CASE("all angles of measured vectors are those of one after the other") {
  auto g = cone_scan();
  for (int i = 0; i < 150; ++i) g.vectors.push_back(to_astra(projection_at(g, -0.07 * i)));
  const auto all = angles_of_vectors(g);
  REQUIRE(all.size() == 150);
  for (std::uint64_t id : {0, 60, 149}) CHECK(all[id] == Approx(*angle_of(g, id)).margin(1e-12));
}

TEST_CASE("a matrix gives a projection of the same matrix and, in cone beam, the same source") {
  for (auto g : {parallel_scan(), cone_scan()}) {
    g.tilt_rad = 0.3;
    g.roll_rad = 0.1;
    g.axis_column = 66;
    if (g.beam == Beam::cone) g.principal_row = 11;
    const auto p = projection_at(g, 1.9);
    const auto again = from_matrix(g, p.matrix);
    check_close(again.matrix, p.matrix);
    check_close(from_astra(g, to_astra(again)).matrix, p.matrix);
    CHECK(norm(again.source - p.source) == Approx(0).margin(1e-9));
    CHECK(norm(again.detector_u) == Approx(0.5));
    if (g.beam == Beam::cone)
      CHECK(norm(again.detector_centre - p.detector_centre) == Approx(0).margin(1e-8));
  }
}

TEST_CASE("pixel at the axis and cosine of the tilt are those of the parameters") {
  for (auto g : {parallel_scan(), cone_scan()}) {
    g.tilt_rad = 0.4;
    auto measured = g;
    for (double theta : {0.0, 2.0, 4.0})
      measured.vectors.push_back(to_astra(projection_at(g, theta)));
    if (g.beam == Beam::cone) measured.source_axis_mm = measured.source_detector_mm = 0;
    CHECK(pixel_at_axis_mm(measured) == Approx(pixel_at_axis_mm(g)));
    CHECK(tilt_cosine(measured) == Approx(std::cos(0.4)));
  }
}
