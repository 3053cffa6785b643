#include <cmath>

#include "viewer/model/picking.h"

using namespace slicecast;
using namespace slicecast::viewer;

namespace {

const Pose kLow{{-5, -5, 0}, {10, 0, 0}, {0, 10, 0}};
const Pose kHigh{{-5, -5, 3}, {10, 0, 0}, {0, 10, 0}};
const Ray kDown{{1, 2, 20}, {0, 0, -1}};

}  // namespace

TEST_CASE("rays that miss, start behind, or run along a slice hit nothing") {
  CHECK_FALSE(hit_slice({{20, 0, 20}, {0, 0, -1}}, kLow, 10, 10));
  CHECK_FALSE(hit_slice({{0, 0, -1}, {0, 0, -1}}, kLow, 10, 10));
  CHECK_FALSE(hit_slice({{-20, 0, 0}, {1, 0, 0}}, kLow, 10, 10));
  CHECK_FALSE(hit_slice(kDown, Pose{{0, 0, 0}, {1, 0, 0}, {2, 0, 0}}, 10, 10));
  CHECK_FALSE(hit_slice(kDown, Pose{}, 10, 10));
  CHECK_FALSE(hit_slice({{std::nan(""), 0, 20}, {0, 0, -1}}, kLow, 10, 10));
  CHECK_FALSE(pick_slice(kDown, {}));
}

TEST_CASE("a hit tells distance, point, plane coordinates and pixel") {
  const auto hit = hit_slice(kDown, kLow, 20, 10).value();
  CHECK(hit.distance_mm == Approx(20));
  CHECK(hit.point.x == Approx(1));
  CHECK(hit.along1 == Approx(0.6));
  CHECK(hit.along2 == Approx(0.7));
  CHECK(hit.pixel.column == Approx(5.5));
  CHECK(hit.pixel.row == Approx(13.5));
}

TEST_CASE("a hit on skewed axes solves for both") {
  const Pose skewed{{0, 0, 0}, {10, 0, 0}, {5, 10, 0}};
  const Vec3 point = skewed.axis1 * 0.25 + skewed.axis2 * 0.5;
  const auto hit = hit_slice({point + Vec3{0, 0, -4}, {0, 0, 1}}, skewed, 10, 10).value();
  CHECK(hit.along1 == Approx(0.25));
  CHECK(hit.along2 == Approx(0.5));
  CHECK_FALSE(hit_slice({{1, 9, 4}, {0, 0, -1}}, skewed, 10, 10));
}

TEST_CASE("the nearest slice is picked, from either side") {
  const PickTarget targets[] = {{kLow, 10, 10}, {kHigh, 10, 10}};
  CHECK(pick_slice(kDown, targets)->index == 1);
  CHECK(pick_slice({{1, 2, -20}, {0, 0, 1}}, targets)->index == 0);
  const PickTarget twins[] = {{kLow, 10, 10}, {kLow, 10, 10}};
  CHECK(pick_slice(kDown, twins)->index == 0);
}

TEST_CASE("a box is entered and left, from outside and from within") {
  const Box box{{-1, -1, -1}, {1, 1, 1}};
  const auto through = hit_box({{-5, 0, 0}, {1, 0, 0}}, box).value();
  CHECK(through.entry_mm == Approx(4));
  CHECK(through.exit_mm == Approx(6));
  const auto within = hit_box({{0, 0, 0}, {0, -1, 0}}, box).value();
  CHECK(within.entry_mm == 0);
  CHECK(within.exit_mm == Approx(1));
  CHECK_FALSE(hit_box({{-5, 2, 0}, {1, 0, 0}}, box));
  CHECK_FALSE(hit_box({{-5, 0, 0}, {-1, 0, 0}}, box));
  const double s = std::sqrt(0.5);
  CHECK(hit_box({{-2, -2, 0}, {s, s, 0}}, box)->entry_mm == Approx(std::sqrt(2.0)));
}

TEST_CASE("the box of a field of view is its cylinder's, and none without one") {
  CHECK_FALSE(box_of(geometry::FieldOfView{}));
  CHECK_FALSE(box_of(geometry::FieldOfView{3, 2, 1}));
  const auto box = box_of(geometry::FieldOfView{3, -1, 2}).value();
  CHECK(box.low.x == -3);
  CHECK(box.high.z == 2);
  CHECK(diagonal_of(united(box, {{0, 0, 0}, {3, 3, 10}})) == Approx(std::sqrt(36 + 36 + 121)));
}
