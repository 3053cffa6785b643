#include <algorithm>
#include <limits>

#include "common/segmentation/contour.h"
#include "common/segmentation/reference/reference.h"
#include "tests/unit/segmentation/pictures.h"

using namespace slicecast;
using namespace slicecast::segmentation;
using namespace slicecast::testing;

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

template <class Contour>
std::vector<std::uint8_t> labels_of(const Contour& contour, const Picture& picture) {
  Workspace workspace(2);
  LabelImage labels(picture.rows, picture.columns);
  REQUIRE(contour.segment(picture.field(), labels.view(), workspace));
  return labels.labels;
}

std::vector<Picture> pictures() {
  return {blobs(40, 70, 1), holed(50, 64, 2),  blobs(1, 30, 3),   blobs(29, 1, 4),
          blobs(1, 1, 5),   blobs(17, 129, 6), blobs(64, 128, 7), holed(9, 3, 8)};
}

}  // namespace

TEST_CASE("contours with parameters beyond their range are refused") {
  for (ChanVese contour : {ChanVese{-1}, ChanVese{10001}, ChanVese{1, 11}, ChanVese{1, -1},
                           ChanVese{1, 1, kNone}, ChanVese{1, 1, 1, 101}})
    CHECK_FALSE(contour.validate());
  GeodesicContour contour;
  REQUIRE(contour.validate());
  for (double GeodesicContour::*member :
       {&GeodesicContour::sigma, &GeodesicContour::alpha, &GeodesicContour::balloon,
        &GeodesicContour::border_percentile}) {
    for (double value : {kNone, -11.0, 2e6}) {
      GeodesicContour odd;
      odd.*member = value;
      CHECK_FALSE(odd.validate());
    }
  }
}

TEST_CASE("regions evolve as defined, pixel for pixel, on every instruction set") {
  on_every_target([&](const std::string& target) {
    for (const auto& picture : pictures()) {
      for (const ChanVese& contour :
           {ChanVese{}, ChanVese{7, 0}, ChanVese{9, 3, 1, 2, StartingContour::disk},
            ChanVese{12, 1, 1, 1, StartingContour::checkerboard, Curvature::erode_first}}) {
        INFO(target << " " << picture.rows << "x" << picture.columns);
        const auto expected = reference::segment(contour, reference::plane_of(picture.field()));
        CHECK(agreement(labels_of(contour, picture), expected) >= 0.999);
      }
    }
  });
}

TEST_CASE("geodesic contours evolve as defined on every instruction set") {
  GeodesicContour growing, still, plain, free;
  growing.sigma = 2, growing.balloon = 1.5, growing.start = StartingContour::checkerboard;
  still.balloon = 0, still.sigma = 1.3, still.smoothing = 2;
  free.balloon = -0.7, free.border_percentile = 10, free.first_smoothing = Curvature::erode_first;
  on_every_target([&](const std::string& target) {
    for (const auto& picture : pictures()) {
      for (const auto& contour : {plain, growing, still, free}) {
        INFO(target << " " << picture.rows << "x" << picture.columns << " " << contour.balloon);
        const auto expected = reference::segment(contour, reference::plane_of(picture.field()));
        CHECK(agreement(labels_of(contour, picture), expected) >= 0.998);
      }
    }
  });
}

TEST_CASE("without iterations a contour is the one it starts from") {
  const auto board = labels_of(ChanVese{0}, constant(11, 12, 1));
  for (int r = 0; r < 11; ++r)
    for (int c = 0; c < 12; ++c)
      CHECK(board[static_cast<std::size_t>(r * 12 + c)] == 1 + (r / 5 + c / 5) % 2);
  const auto disk = labels_of(ChanVese{0, 1, 1, 1, StartingContour::disk}, constant(17, 17, 1));
  CHECK(disk[8 * 17 + 8] == 2);
  CHECK(disk[8 * 17 + 14] == 2);
  CHECK(disk[8 * 17 + 15] == 1);
}

TEST_CASE("a disk of one value is found from a checkerboard, but for its rim") {
  Picture picture = constant(96, 96, 0);
  std::vector<std::uint8_t> expected;
  for (int r = 0; r < 96; ++r) {
    for (int c = 0; c < 96; ++c) {
      const bool inside = (r - 40) * (r - 40) + (c - 50) * (c - 50) < 25 * 25;
      picture.values[static_cast<std::size_t>(r * 96 + c)] = inside ? 3.0f : 1.0f;
      expected.push_back(inside ? 2 : 1);
    }
  }
  const auto found = labels_of(ChanVese{60}, picture);
  const double same = agreement(found, expected);
  CHECK(std::max(same, 1 - same) > 0.98);
}
