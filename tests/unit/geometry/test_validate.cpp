#include <cmath>

#include "tests/unit/geometry/ray_plane.h"

using namespace slicecast;
using namespace slicecast::geometry;
using namespace slicecast::geometry::testing;

namespace {

std::string refusal(const ScanGeometry& g) {
  const auto result = validate(g);
  return result ? "" : result.error().message;
}

}  // namespace

TEST_CASE("contradictory geometries are refused with a remedy") {
  using Catch::Matchers::Contains;
  auto g = parallel_scan();
  g.rows = 0;
  CHECK_THAT(refusal(g), Contains("set rows and columns"));
  g = parallel_scan();
  g.columns = 1 << 30;
  CHECK_THAT(refusal(g), Contains("set rows and columns"));
  g = parallel_scan();
  g.pixel_mm = 0;
  CHECK_THAT(refusal(g), Contains("pixel_mm"));
  for (const double pitch : {std::nan(""), 1e-300, 1e300}) {
    g.pixel_mm = pitch;
    CHECK_THAT(refusal(g), Contains("pixel_mm"));
  }
  g = parallel_scan();
  g.pixel_size_known = false;
  CHECK_THAT(refusal(g), Contains("pixel_mm = 1"));
  g = parallel_scan();
  g.axis_column = -3;
  CHECK_THAT(refusal(g), Contains("off the detector"));
  g.axis_column = 150.5;
  CHECK_THAT(refusal(g), Contains("columns 0 to 150"));
  g = parallel_scan();
  g.principal_column = 75;
  CHECK_THAT(refusal(g), Contains("principal"));
  g = parallel_scan();
  g.rotation_sense = 0.5;
  CHECK_THAT(refusal(g), Contains("rotation_sense"));
  g = parallel_scan();
  g.tilt_rad = 90;  // degrees by mistake
  CHECK_THAT(refusal(g), Contains("radians"));
  g = parallel_scan();
  g.angle_table_rad = {0, std::nan("")};
  CHECK_THAT(refusal(g), Contains("angle 1"));
}

TEST_CASE("a cone beam without sensible distances is refused") {
  using Catch::Matchers::Contains;
  auto g = cone_scan();
  g.source_axis_mm = 0;
  CHECK_THAT(refusal(g), Contains("source_axis_mm > 0"));
  g = cone_scan();
  g.source_detector_mm = 300;
  CHECK_THAT(refusal(g), Contains("behind the axis"));
}

TEST_CASE("degenerate or miscounted measured vectors are refused") {
  using Catch::Matchers::Contains;
  auto g = parallel_scan();
  g.vectors = {to_astra(projection_at(g, 0.3))};
  CHECK(validate(g));
  g.vectors[0].v[0] = std::nan("");
  CHECK_THAT(refusal(g), Contains("measured vector 0"));
  g.vectors[0] = to_astra(projection_at(g, 0.3));
  for (std::size_t i = 0; i < 3; ++i) g.vectors[0].v[i] = g.vectors[0].v[6 + i];  // ray along u
  CHECK_THAT(refusal(g), Contains("degenerate"));
  g.vectors[0] = {};
  CHECK_THAT(refusal(g), Contains("degenerate"));

  auto cone = cone_scan();
  cone.vectors = {to_astra(projection_at(cone, 1))};
  CHECK(validate(cone));
  cone.vectors[0].v = to_astra(projection_at(cone, 1)).v;
  for (std::size_t i = 0; i < 3; ++i)
    cone.vectors[0].v[3 + i] *= -1.8;  // detector behind the source
  CHECK_THAT(refusal(cone), Contains("origin behind the source"));

  g.vectors = {to_astra(projection_at(g, 0.3))};
  g.angle_table_rad = {0, 1};
  CHECK_THAT(refusal(g), Contains("as many of both"));
}

TEST_CASE("frames without an angle, a table entry or a vector are refused") {
  auto g = parallel_scan();
  CHECK_FALSE(angle_of(g, 0));
  CHECK_FALSE(projection_of(g, 0, std::nullopt));
  CHECK_FALSE(projection_of(g, 0, std::nan("")));
  g.angle_table_rad = {0.5};
  CHECK(*angle_of(g, 0) == 0.5);
  CHECK_FALSE(angle_of(g, 1));
  g.vectors = {to_astra(projection_at(g, 0.3))};
  CHECK(projection_of(g, 0, std::nullopt));
  CHECK_FALSE(projection_of(g, 1, 0.3));
}

TEST_CASE("complete parallel and cone geometries are accepted") {
  CHECK(validate(parallel_scan()));
  CHECK(validate(cone_scan()));
}
