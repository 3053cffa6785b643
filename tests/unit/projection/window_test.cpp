#include <numbers>

#include "services/projection/projection_matrix.h"
#include "services/projection/window.h"

using namespace slicecast;
using namespace slicecast::projection;

namespace {

constexpr double kPi = std::numbers::pi;

geometry::ScanGeometry parallel() {
  geometry::ScanGeometry g;
  g.rows = 8;
  g.columns = 32;
  return g;
}

geometry::ScanGeometry cone() {
  geometry::ScanGeometry g = parallel();
  g.beam = geometry::Beam::cone;
  g.source_axis_mm = 100;
  g.source_detector_mm = 200;
  return g;
}

v1::Window asked(v1::WindowMode mode, v1::Coverage coverage, std::uint32_t group) {
  v1::Window window;
  window.set_mode(mode);
  window.set_coverage(coverage);
  window.set_group_size(group);
  return window;
}

}  // namespace

TEST_CASE("a short scan outside of alternating mode is refused with the remedy") {
  const auto window = resolve_window(asked(v1::CONTINUOUS, v1::SHORT_SCAN, 10), cone(), 0);
  REQUIRE_FALSE(window);
  CHECK(window.error().message.find("alternating") != std::string::npos);
}

TEST_CASE("a half turn of cone beam is refused with the remedy") {
  const auto window = resolve_window(asked(v1::CONTINUOUS, v1::HALF_TURN, 10), cone(), 0);
  REQUIRE_FALSE(window);
  CHECK(window.error().message.find("full_turn") != std::string::npos);
}

TEST_CASE("automatic coverage is half a turn for parallel and a full turn for cone beam") {
  const auto half = resolve_window(asked(v1::CONTINUOUS, v1::COVERAGE_AUTO, 60), parallel(), 0);
  REQUIRE(half);
  CHECK(half->coverage == recon::Coverage::half_turn);
  CHECK(half->period_rad == Approx(kPi));
  const auto full = resolve_window(asked(v1::CONTINUOUS, v1::COVERAGE_AUTO, 60), cone(), 0);
  REQUIRE(full);
  CHECK(full->coverage == recon::Coverage::full_turn);
  CHECK(full->period_rad == Approx(2 * kPi));
}

TEST_CASE("the nominal group follows from the angular step") {
  auto g = parallel();
  g.angle_step_rad = -kPi / 90;
  auto window = resolve_window({}, g, 1000);
  REQUIRE(window);
  CHECK(window->group_size == 90);
  g.angle_step_rad = 0;
  for (int i = 0; i < 181; ++i) g.angle_table_rad.push_back(i * 179.0055 / 180 * kPi / 180);
  window = resolve_window({}, g, 181);
  REQUIRE(window);
  CHECK(window->group_size == 181);
}

TEST_CASE("without angles the group is all that is announced, else a guess that says so") {
  CHECK(resolve_window({}, parallel(), 77)->group_size == 77);
  CHECK(resolve_window({}, parallel(), 0)->guessed);
}

TEST_CASE("the arc of a short scan starts at its smallest angle in either sense of rotation") {
  ResolvedWindow window;
  window.group_size = 10;
  window.step_rad = 0.5;
  CHECK(arc_start(window, 23, 100 + 3 * 0.5) == Approx(100));
  window.step_rad = -0.5;
  CHECK(arc_start(window, 23, 100 - 3 * 0.5) == Approx(100 - 9 * 0.5));
}

TEST_CASE("an axis change touches pixels only where weights depend on it") {
  auto a = parallel(), b = parallel();
  b.axis_column = 14.0;
  CHECK_FALSE(changes_pixels(a, b, recon::Coverage::half_turn));
  CHECK(changes_pixels(a, b, recon::Coverage::offset_axis));
  auto c = cone(), d = cone();
  d.axis_column = 14.0;
  CHECK(changes_pixels(c, d, recon::Coverage::full_turn));  // the principal column follows it
  c.principal_column = d.principal_column = 15.0;
  CHECK_FALSE(changes_pixels(c, d, recon::Coverage::full_turn));
  auto rolled = parallel();
  rolled.roll_rad = 0.5 * kPi / 180;
  CHECK_FALSE(changes_pixels(parallel(), rolled, recon::Coverage::half_turn));
  rolled.roll_rad = 2 * kPi / 180;
  CHECK(changes_pixels(parallel(), rolled, recon::Coverage::half_turn));
}

TEST_CASE("measured vectors get an unwrapped angle table once") {
  auto g = parallel();
  for (int i = 0; i < 50; ++i)
    g.vectors.push_back(geometry::to_astra(geometry::projection_at(parallel(), 0.3 * i)));
  const auto with = with_angle_table(g);
  REQUIRE(with.angle_table_rad.size() == 50);
  CHECK(with.angle_table_rad[49] == Approx(0.3 * 49));
}

TEST_CASE("the angle of a frame with a matrix alone is read from it") {
  const auto g = parallel();
  const auto matrix = geometry::projection_at(g, 7.5).matrix;
  const auto angle = angle_of_frame(g, 0, matrix, 7.0);
  REQUIRE(angle);
  CHECK(*angle == Approx(7.5));
  CHECK_FALSE(angle_of_frame(g, 0, std::nullopt, 0));
}
