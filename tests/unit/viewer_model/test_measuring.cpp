#include <vector>

#include "viewer/model/label_layout.h"
#include "viewer/model/measuring.h"
#include "viewer/model/new_slice.h"

using namespace slicecast;
using namespace slicecast::viewer;

namespace {

// value = column; 1 mm pixels.
struct Steps {
  std::vector<float> values = std::vector<float>(100);
  SlicePixels slice;
  Steps() {
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 10);
    slice.image = {values.data(), 10, 10};
    slice.pose = {{-5, -5, 0}, {10, 0, 0}, {0, 10, 0}};
  }
};

DrawnLabel label(const char* text, ScreenBox box) {
  DrawnLabel made;
  made.panel = "Panel";
  made.text = text;
  made.box = box;
  made.clip = {0, 0, 200, 100};
  return made;
}

}  // namespace

TEST_CASE("too few points, no tool, no image are refused by measuring") {
  const Steps steps;
  CHECK_FALSE(measured(MeasureTool::none, {}, steps.slice, "mm", ""));
  CHECK_FALSE(measured(MeasureTool::angle, {{0, 0}, {1, 1}}, steps.slice, "mm", ""));
  CHECK_FALSE(measured(MeasureTool::profile, {{0, 0}, {1, 1}}, {}, "mm", ""));
  CHECK_FALSE(measured(MeasureTool::rectangle, {{20, 20}, {30, 30}}, steps.slice, "mm", ""));
}

TEST_CASE("texts that overlap, are cut, shortened or leave the window are named") {
  const auto only = [](const DrawnLabel& one) { return label_faults({one}, 200, 100); };
  CHECK(only(label("fine", {10, 10, 60, 24})).empty());
  CHECK(label_faults({label("a", {10, 10, 60, 24}), label("b", {50, 12, 90, 26})}, 200, 100)
            .front()
            .find("'a' in Panel at 10,10 overlaps 'b'") == 0);
  CHECK(only(label("out", {150, 10, 220, 24})).front().find("leaves") != std::string::npos);
  CHECK(only(label("short\u2026", {10, 10, 60, 24})).front().find("shortened") !=
        std::string::npos);
  DrawnLabel cut = label("cut", {10, 10, 60, 24});
  cut.clip.right = 50;
  CHECK(only(cut).front().find("cut off") != std::string::npos);
  DrawnLabel row = label("row", {10, 60, 60, 74});
  row.clip.bottom = 66;
  CHECK_FALSE(only(row).empty());
  row.scrolls = true;
  CHECK(only(row).empty());
  // What is scrolled out of sight lies over nothing.
  CHECK(label_faults({row, label("below", {10, 68, 60, 82})}, 200, 100).empty());
}

TEST_CASE("clicks set the points of a tool and begin anew after the last one or on another slice") {
  Measuring measuring;
  measuring.press("s", {1, 1});
  CHECK(measuring.points().empty());
  measuring.choose(MeasureTool::angle);
  measuring.press("s", {1, 1});
  measuring.hover({2, 2});
  CHECK(measuring.points().size() == 2);
  CHECK_FALSE(measuring.complete());
  measuring.press("s", {2, 2});
  measuring.press("s", {3, 1});
  CHECK(measuring.complete());
  measuring.hover({9, 9});
  CHECK(measuring.points().size() == 3);
  measuring.press("s", {4, 4});
  CHECK(measuring.set_points().size() == 1);
  measuring.press("t", {5, 5});
  CHECK(measuring.slice() == "t");
  CHECK(measuring.set_points().size() == 1);
  measuring.choose(MeasureTool::angle);
  CHECK(measuring.tool() == MeasureTool::none);
}

TEST_CASE("every tool gives its figures for people and as CSV") {
  const Steps steps;
  const auto of = [&](MeasureTool tool, const std::vector<PixelPoint>& points) {
    const auto made = measured(tool, points, steps.slice, "mm", "scan 7");
    REQUIRE(made);
    CHECK(made->csv.find("# scan 7") == 0);
    return made->lines.front();
  };
  CHECK(of(MeasureTool::distance, {{0, 0}, {3, 4}}) == "5 mm");
  CHECK(of(MeasureTool::angle, {{0, 5}, {0, 0}, {5, 0}}) == "90.00\u00B0");
  CHECK(of(MeasureTool::profile, {{0, 2}, {9, 2}}) == "length 9 mm");
  CHECK(of(MeasureTool::rectangle, {{-0.5, -0.5}, {9.5, 9.5}}) == "mean 4.5 1/mm");
  CHECK(of(MeasureTool::ellipse, {{-0.5, -0.5}, {9.5, 9.5}}) == "mean 4.5 1/mm");
}

TEST_CASE("what is measured in A and B says whose it is, and says what both share once") {
  const Steps steps;
  Steps brighter;
  for (float& value : brighter.values) value += 10;
  const auto both = [&](MeasureTool tool, const std::vector<PixelPoint>& points) {
    const auto a = measured(tool, points, steps.slice, "mm", "of A"),
               b = measured(tool, points, brighter.slice, "mm", "of B");
    REQUIRE(a);
    REQUIRE(b);
    return of_both(*a, *b);
  };
  const auto region = both(MeasureTool::rectangle, {{-0.5, -0.5}, {9.5, 9.5}});
  CHECK(region.lines[0] == "A mean 4.5 1/mm");
  CHECK(region.lines[1] == "B mean 14.5 1/mm");
  CHECK(region.csv.find("# of A") == 0);
  CHECK(region.csv.find("# of B") > region.csv.find("4.5"));
  const auto profile = both(MeasureTool::profile, {{0, 2}, {9, 2}});
  CHECK(profile.lines[0] == "length 9 mm");
  CHECK(profile.profile.front().value == 0);
  CHECK(profile.compared.front().value == 10);
  CHECK(both(MeasureTool::distance, {{0, 0}, {3, 4}}).lines == std::vector<std::string>{"5 mm"});
}

TEST_CASE("a new slice goes through the centre in the plane that was asked for") {
  const Box box{{0, 0, 0}, {4, 2, 6}};
  for (const SlicePlane plane : kSlicePlanes) {
    const Pose pose = new_slice_pose(box, plane);
    const Vec3 away = centre_of(pose) - Vec3{2, 1, 3};
    CHECK(geometry::norm(away) < 1e-9);
    CHECK(geometry::norm(pose.axis1) == Approx(4));
    CHECK(geometry::norm(pose.axis2) == Approx(4));
  }
  CHECK(normal_of(new_slice_pose(box, SlicePlane::xy)).z == Approx(1));
  CHECK(std::abs(normal_of(new_slice_pose(box, SlicePlane::xz)).y) == Approx(1));
  CHECK(std::abs(normal_of(new_slice_pose(box, SlicePlane::yz)).x) == Approx(1));
  CHECK(normal_of(new_slice_pose(box, SlicePlane::oblique)).z == Approx(std::sqrt(0.5)));
}
