#include <cmath>

#include "tests/unit/geometry/ray_plane.h"

using namespace slicecast;
using namespace slicecast::geometry;
using namespace slicecast::geometry::testing;

TEST_CASE("a region of interest shifts the axis column: c' = c - x0") {
  for (auto g : {parallel_scan(), cone_scan()}) {
    g.axis_column = 70;
    const auto matrix = cropped(projection_at(g, 0.4).matrix, 12, 9);
    const auto p = project(matrix, {});
    CHECK(p.u == Approx(58));
    CHECK(p.v == Approx(41));
    CHECK(p.w == 1);
  }
}

TEST_CASE("binning shifts the axis column: c' = (c - (b-1)/2)/b, p' = b p") {
  for (int b : {2, 3, 4}) {
    auto g = parallel_scan();
    g.axis_column = 70;
    const auto matrix = binned(projection_at(g, 0.4).matrix, b);
    CHECK(project(matrix, {}).u == Approx((70 - (b - 1) / 2.0) / b));
    CHECK(project(matrix, {}).v == Approx((50 - (b - 1) / 2.0) / b));
    // One binned pixel is b p wide.
    const Vec3 step{b * 0.5 * std::cos(0.4), b * 0.5 * std::sin(0.4), 0};
    CHECK(project(matrix, step).u - project(matrix, {}).u == Approx(1));
  }
}

TEST_CASE("the mean position of binned pixels is the binned pixel's position") {
  const auto g = cone_scan();
  const auto projection = projection_at(g, 1.1);
  const auto matrix = binned(projection.matrix, 4);
  // Pixels 8..11 become pixel 2; their centres average to 9.5.
  const Vec3 point = pixel_position(projection, g.rows, g.columns, 9.5, 13.5);
  CHECK(project(matrix, point).u == Approx(2));
  CHECK(project(matrix, point).v == Approx(3));
}

TEST_CASE("cropping and binning compose as the frame is cropped and binned") {
  const auto matrix = projection_at(cone_scan(), 0.4).matrix;
  const Vec3 point{3, -8, 5};
  const auto raw = project(matrix, point);
  const auto both = project(cropped(binned(matrix, 2), 5, 3), point);
  CHECK(both.u == Approx((raw.u - 0.5) / 2 - 5));
  CHECK(both.v == Approx((raw.v - 0.5) / 2 - 3));
  CHECK(both.w == raw.w);
}

TEST_CASE("a general pixel map scales and shifts u and v and keeps w") {
  const auto matrix = projection_at(cone_scan(), 0.4).matrix;
  const Vec3 point{3, -8, 5};
  const auto before = project(matrix, point);
  const auto after = project(with_pixel_map(matrix, 0.25, -3, 2, 7), point);
  CHECK(after.u == Approx(0.25 * before.u - 3));
  CHECK(after.v == Approx(2 * before.v + 7));
  CHECK(after.w == before.w);
}
