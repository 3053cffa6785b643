#include <cmath>

#include "viewer/model/plane_view.h"

using namespace slicecast;
using namespace slicecast::viewer;

namespace {

const Pose kViewedPose{{-10, -5, 0}, {20, 0, 0}, {0, 10, 0}};

PlaneView made_view() {
  PlaneView view;
  view.resize(800, 600);
  view.set_slice(kViewedPose, 50, 100);
  return view;
}

}  // namespace

TEST_CASE("a panel or slice without size leaves the 2D view finite") {
  PlaneView view;
  view.resize(0, 0);
  view.set_slice(Pose{}, 0, 0);
  view.zoom_at({0, 0}, std::nan(""));
  const auto pixel = view.pixel_at({0, 0});
  CHECK((std::isfinite(pixel.column) && std::isfinite(pixel.row)));
  CHECK(scale_bar(0, 100).length_mm == 0);
  CHECK(scale_bar(1, std::nan("")).length_mm == 0);
}

TEST_CASE("a fitted slice is seen whole with row 0 at the bottom") {
  const auto view = made_view();
  const auto low = view.cursor_at({-0.5, -0.5}), high = view.cursor_at({99.5, 49.5});
  CHECK((low.x > 0 && high.x < 800 && high.y > 0 && low.y < 600));
  CHECK(low.y > high.y);
  CHECK(high.x - low.x == Approx(2 * (low.y - high.y)));
}

TEST_CASE(
    "a fitted slice stays whole when its panel becomes lower, one that was zoomed keeps its zoom") {
  auto view = made_view();
  view.fit();
  view.resize(800, 150);  // figures and a profile are shown below
  CHECK(view.cursor_at({-0.5, -0.5}).y < 150);
  CHECK(view.cursor_at({-0.5, 49.5}).y > 0);
  view.resize(800, 600);
  const double fitted = view.screen_px_per_mm();
  view.zoom_at({400, 300}, 4);
  const double zoomed = view.screen_px_per_mm();
  view.resize(800, 150);
  CHECK(view.screen_px_per_mm() == Approx(zoomed));
  view.fit();
  view.resize(800, 600);
  CHECK(view.screen_px_per_mm() == Approx(fitted));
}

TEST_CASE(
    "two pictures stand beside each other in a wide panel and one below the other in a high one") {
  const PicturePair wide = picture_pair(801, 600), high = picture_pair(400, 700);
  CHECK((wide.width == 400 && wide.height == 600 && wide.right == 400 && wide.down == 0));
  CHECK((high.width == 400 && high.height == 350 && high.right == 0 && high.down == 350));
  CHECK(in_first({500, 20}, wide).x == 100);
  CHECK(in_first({390, 20}, wide).x == 390);
  CHECK(in_first({399, 360}, high).y == 10);
  CHECK(in_first({399, 360}, high).x == 399);
}

TEST_CASE("pixels and cursor are inverse, and zoom keeps what is under the cursor") {
  auto view = made_view();
  const Cursor cursor{300, 250};
  const auto pixel = view.pixel_at(cursor);
  CHECK(view.cursor_at(pixel).x == Approx(300));
  CHECK(view.cursor_at(pixel).y == Approx(250));
  const double scale = view.screen_px_per_mm();
  view.zoom_at(cursor, 3);
  CHECK(view.screen_px_per_mm() == Approx(scale / std::pow(0.85, 3)));
  CHECK(view.pixel_at(cursor).column == Approx(pixel.column));
  CHECK(view.pixel_at(cursor).row == Approx(pixel.row));
  view.pan(10, -4);
  CHECK(view.cursor_at(pixel).x == Approx(310));
  CHECK(view.cursor_at(pixel).y == Approx(246));
}

TEST_CASE("zoom has ends, the slice cannot be lost, and new pixels keep the place") {
  auto view = made_view();
  view.zoom_at({400, 300}, 1e6);
  CHECK(view.screen_px_per_mm() == Approx(64 * 5.0));
  const auto place = view.pixel_at({400, 300});
  view.set_slice(kViewedPose, 100, 200);
  CHECK((view.pixel_at({400, 300}).column + 0.5) / 200 == Approx((place.column + 0.5) / 100));
  view.pan(1e9, 1e9);
  const auto centre = view.pixel_at({400, 300});
  CHECK((centre.column >= -0.501 && centre.row <= 99.501));
  view.fit();
  CHECK(view.pixel_at({400, 300}).column == Approx(99.5));
}

TEST_CASE("a scale bar is the longest of 1, 2 and 5 that fits") {
  CHECK(scale_bar(10, 100).length_mm == Approx(10));
  CHECK(scale_bar(10, 99).length_mm == Approx(5));
  CHECK(scale_bar(10, 49).length_mm == Approx(2));
  CHECK(scale_bar(1000, 150).length_mm == Approx(0.1));
  CHECK(scale_bar(1000, 150).length_px == Approx(100));
}
