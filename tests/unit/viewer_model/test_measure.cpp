#include <algorithm>
#include <cmath>
#include <numbers>

#include "viewer/model/csv.h"
#include "viewer/model/linked_cursor.h"
#include "viewer/model/measure.h"
#include "viewer/model/roi.h"

using namespace slicecast;
using namespace slicecast::viewer;

namespace {

// value = column + 100 row; 20 x 10 mm over 10 columns and 20 rows: 2 mm by 0.5 mm pixels.
struct Ramp {
  std::vector<float> values = std::vector<float>(200);
  SlicePixels slice;
  Ramp() {
    for (int r = 0; r < 20; ++r)
      for (int c = 0; c < 10; ++c)
        values[static_cast<std::size_t>(10 * r + c)] = float(c + 100 * r);
    slice.image = {values.data(), 20, 10};
    slice.pose = {{-10, -5, 3}, {20, 0, 0}, {0, 10, 0}};
  }
};

std::size_t lines_in(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("profiles without an image or length, angles without arms, empty regions are refused") {
  const Ramp ramp;
  CHECK(line_profile({}, {0, 0}, {1, 1}).error().code == Errc::not_found);
  CHECK_FALSE(line_profile(ramp.slice, {1, 1}, {1, 1}));
  CHECK_FALSE(line_profile(ramp.slice, {1, 1}, {std::nan(""), 1}));
  CHECK_FALSE(angle_rad(ramp.slice.pose, 20, 10, {1, 1}, {1, 1}, {2, 2}));
  CHECK_FALSE(roi_statistics({}, {}));
  CHECK_FALSE(roi_statistics(ramp.slice, {RoiShape::rectangle, {20, 20}, {30, 30}}));
  CHECK_FALSE(roi_statistics(ramp.slice, {RoiShape::ellipse, {std::nan(""), 0}, {1, 1}}));
  CHECK_FALSE(roi_statistics(ramp.slice, {RoiShape::rectangle, {1.2, 1.2}, {1.8, 1.8}}));
}

TEST_CASE("values are bilinear between centres, the edge pixel's up to the rim, NaN beyond") {
  const Ramp ramp;
  CHECK(value_at(ramp.slice.image, {3, 4}) == 403);
  CHECK(value_at(ramp.slice.image, {3.25, 4.5}) == Approx(453.25));
  CHECK(value_at(ramp.slice.image, {-0.5, -0.5}) == 0);
  CHECK(value_at(ramp.slice.image, {9.5, 19.5}) == 1909);
  CHECK(std::isnan(value_at(ramp.slice.image, {-0.51, 0})));
  CHECK(std::isnan(value_at(ramp.slice.image, {0, 19.6})));
  const float one = 7;
  CHECK(value_at({&one, 1, 1}, {0.3, -0.4}) == 7);
}

TEST_CASE("a NaN pixel spoils only what is interpolated from it") {
  Ramp ramp;
  ramp.values[45] = std::nanf("");
  CHECK(value_at(ramp.slice.image, {4, 4}) == 404);
  CHECK(std::isnan(value_at(ramp.slice.image, {4.5, 4})));
  CHECK(value_at(ramp.slice.image, {6, 4.5}) == Approx(456));
}

TEST_CASE("a profile runs from end to end in mm, one sample per pixel") {
  const Ramp ramp;
  const auto samples = *line_profile(ramp.slice, {1, 2}, {7, 10});
  REQUIRE(samples.size() == 11);
  CHECK(samples.front().value == 201);
  CHECK(samples.back().value == Approx(1007));
  CHECK(samples[5].value == Approx(604));
  CHECK(samples.back().distance_mm == Approx(std::hypot(12, 4)));
  CHECK(samples.front().point.x == Approx(-10 + 1.5 * 2));
  CHECK(samples.front().point.z == 3);
  CHECK(line_profile(ramp.slice, {0, 0}, {1e9, 0})->size() == 65536);
}

TEST_CASE("outside of the field of view a profile has no values") {
  Ramp ramp;
  ramp.slice.field = geometry::FieldOfView{4, 0, 5};
  const auto samples = *line_profile(ramp.slice, {0, 10}, {9, 10});
  CHECK(std::isnan(samples.front().value));
  CHECK(samples[5].value == 1005);
}

TEST_CASE("distances and angles are measured in mm, not in pixels") {
  const Ramp ramp;
  CHECK(distance_mm(ramp.slice.pose, 20, 10, {0, 0}, {3, 16}) == Approx(10));
  CHECK(*angle_rad(ramp.slice.pose, 20, 10, {5, 0}, {0, 0}, {0, 5}) ==
        Approx(std::numbers::pi / 2));
  CHECK(*angle_rad(ramp.slice.pose, 20, 10, {1, 0}, {0, 0}, {1, 4}) ==
        Approx(std::numbers::pi / 4));
  CHECK(*angle_rad(ramp.slice.pose, 20, 10, {1, 0}, {0, 0}, {-1, 0}) == Approx(std::numbers::pi));
}

TEST_CASE("a rectangle's statistics count the pixels whose centre is in it") {
  Ramp ramp;
  const Roi roi{RoiShape::rectangle, {5.2, 3.9}, {1.8, 2.1}};  // columns 2 to 5, row 3
  const auto all = *roi_statistics(ramp.slice, roi);
  CHECK(all.count == 4);
  CHECK(all.mean == Approx(303.5));
  CHECK(all.deviation == Approx(std::sqrt(5.0 / 3)));
  CHECK(all.minimum == 302);
  CHECK(all.maximum == 305);
  CHECK(all.area_mm2 == Approx(4));
  ramp.values[33] = std::nanf("");
  const auto some = *roi_statistics(ramp.slice, roi);
  CHECK(some.count == 3);
  CHECK(some.not_finite == 1);
}

TEST_CASE("an ellipse holds about pi/4 of its rectangle, and the field of view cuts regions") {
  std::vector<float> pixels(200 * 200, 1.0f);
  SlicePixels slice{{pixels.data(), 200, 200}, {{-10, -10, 0}, {20, 0, 0}, {0, 20, 0}}, {}};
  const auto ellipse = *roi_statistics(slice, {RoiShape::ellipse, {20, 40}, {180, 160}});
  CHECK(double(ellipse.count) == Approx(160 * 120 * std::numbers::pi / 4).epsilon(0.01));
  slice.field = geometry::FieldOfView{5, -1, 1};
  const auto cut = *roi_statistics(slice, {RoiShape::rectangle, {0, 0}, {199, 199}});
  CHECK(cut.area_mm2 == Approx(25 * std::numbers::pi).epsilon(0.01));
}

TEST_CASE("CSV names units, carries one line of provenance, and gives numbers back") {
  const Ramp ramp;
  const auto samples = *line_profile(ramp.slice, {0, 0}, {2, 0});
  const auto text = profile_csv(samples, "1/mm", "mm", "scan 7\nfilter ram-lak");
  CHECK(text.starts_with("# scan 7 filter ram-lak\ndistance (mm),"));
  CHECK(text.find("value (1/mm)\n") != std::string::npos);
  CHECK(lines_in(text) == 2 + samples.size());
  CHECK(numbers_csv(std::vector<NamedNumber>{{"length, long", "mm", 0.1}}, "") ==
        "\"length, long (mm)\"\n0.1\n");
  CHECK(number_text(1.0 / 3) == "0.3333333333333333");
  CHECK(number_text(std::nan("")) == "nan");
  const Roi roi{RoiShape::ellipse, {0, 0}, {4, 4}};
  const auto region = roi_csv(roi, *roi_statistics(ramp.slice, roi), "1/mm", "mm", "scan 7");
  CHECK(region.starts_with("# scan 7; ellipse\n"));
  CHECK(lines_in(region) == 3);
}

TEST_CASE("CSV of a scan without a pixel size names no millimetre") {
  const Ramp ramp;
  const auto text = profile_csv(*line_profile(ramp.slice, {0, 0}, {2, 0}), "1/px", "px", "");
  CHECK(text.starts_with("distance (px),column (px),row (px),x (px),y (px),z (px),value (1/px)\n"));
  const Roi roi{RoiShape::ellipse, {0, 0}, {4, 4}};
  const auto region = roi_csv(roi, *roi_statistics(ramp.slice, roi), "1/px", "px", "");
  CHECK(region.find("area (px^2)") != std::string::npos);
  CHECK(region.find("mm") == std::string::npos);
}

TEST_CASE("the linked cursor reads every slice that holds the point, and no other") {
  const Ramp ramp;
  const std::vector<std::uint8_t> labels{1, 2, 3, 4};
  CursorSlice flat{"a", "flat", ramp.slice, {{labels.data(), 2, 2}, {}}};
  CursorSlice empty{"b", "upright", {{}, {{-10, 0, -10}, {20, 0, 0}, {0, 0, 20}}, {}}, {}};
  CursorSlice away{"c", "away", ramp.slice, {}};
  away.pixels.pose.base.z = 30;
  CursorSlice broken{"d", "broken", {}, {}};
  const CursorSlice slices[] = {flat, empty, away, broken};
  const auto readings = readings_at({5.1, 0.1, 3.4}, slices);
  REQUIRE(readings.size() == 2);
  CHECK(readings[0].id == "a");
  CHECK(readings[0].column == 7);
  CHECK(readings[0].row == 10);
  CHECK(readings[0].value == 1007);
  CHECK(readings[0].label == 4);
  CHECK(readings[0].in_field);
  CHECK(readings[1].id == "b");
  CHECK_FALSE(readings[1].value);
  CHECK_FALSE(readings[1].label);
  CHECK(readings_at({std::nan(""), 0, 3}, slices).empty());
}

TEST_CASE("the linked cursor reads labels of two bytes as well as those of one") {
  const Ramp ramp;
  OverlayImage overlay;
  CHECK(label_pixels(overlay).bytes.pixels == nullptr);
  const std::vector<std::uint16_t> labels{1, 2, 3, 40000};
  BufferPtr stored = Buffer::allocate(labels.size() * sizeof(std::uint16_t));
  std::ranges::copy(labels, stored->as<std::uint16_t>());
  overlay.pixels = stored;
  overlay.header.mutable_labels();
  v1::PixelFormat& format = *overlay.header.mutable_pixels();
  format.set_type(v1::UINT16);
  format.add_shape(2);
  format.add_shape(2);
  const CursorSlice flat{"a", "flat", ramp.slice, label_pixels(overlay)};
  const auto readings = readings_at({5.1, 0.1, 3.4}, {&flat, 1});
  REQUIRE(readings.size() == 1);
  CHECK(readings[0].label == 40000);
  format.set_shape(0, 3);  // a lying plugin
  CHECK(label_pixels(overlay).words.pixels == nullptr);
}

TEST_CASE(
    "the volume's grid has 256 voxels across the field of view, whatever slice is looked at") {
  const VoxelGrid grid = volume_grid_of({64, -10, 30});
  CHECK(grid.size == std::array<int, 3>{256, 256, 80});
  CHECK(grid.voxel_mm == Approx(0.5));
  CHECK(grid.centre.z == Approx(10));
  CHECK(voxel_at(grid, {-63.9, 0.1, -9.9}).value() == std::array<int, 3>{0, 128, 0});
}

TEST_CASE("voxels are named on the grid of the full volume, and none outside") {
  const VoxelGrid grid{{4, 4, 3}, 0.5, {1, 0, 0}};
  CHECK(voxel_at(grid, {1.01, -0.01, 0}).value() == std::array<int, 3>{2, 1, 1});
  CHECK(voxel_at(grid, {0.01, -0.99, -0.74}).value() == std::array<int, 3>{0, 0, 0});
  CHECK_FALSE(voxel_at(grid, {-0.01, 0, 0}));
  CHECK_FALSE(voxel_at(grid, {1, 0, 0.76}));
  CHECK_FALSE(voxel_at(grid, {1, std::nan(""), 0}));
}
