#include <limits>
#include <random>

#include "common/segmentation/quantities.h"
#include "common/segmentation/reference/reference.h"
#include "tests/unit/segmentation/pictures.h"

using namespace slicecast;
using namespace slicecast::segmentation;
using namespace slicecast::testing;

namespace {

LabelImage noise(int rows, int columns, int classes, int density, unsigned seed) {
  LabelImage labels(rows, columns);
  std::mt19937 random(seed);
  for (auto& label : labels.labels) {
    const bool labelled = static_cast<int>(random() % 100) < density;
    label = static_cast<std::uint8_t>(labelled ? 1 + random() % static_cast<unsigned>(classes) : 0);
  }
  return labels;
}

}  // namespace

TEST_CASE("quantities of no pixels, of too many classes or without a pixel size are refused") {
  Workspace workspace;
  LabelImage labels = noise(5, 5, 3, 100, 1);
  std::vector<ClassQuantities> two(2), three(3);
  CHECK_FALSE(Quantify{2}.measure({}, two, workspace));
  CHECK_FALSE(Quantify{2}.measure(labels.view(), three, workspace));
  CHECK_FALSE(Quantify{2}.measure(labels.view(), two, workspace));  // there is a label 3
  CHECK_FALSE(Quantify{0}.measure(labels.view(), {}, workspace));
  for (double area : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN()})
    CHECK_FALSE(Quantify{3, false, 1, area}.measure(labels.view(), three, workspace));
}

TEST_CASE("quantities are those of a flood fill over every pixel") {
  Workspace workspace;
  for (unsigned seed = 0; seed < 24; ++seed) {
    const auto size = [&](unsigned odd) { return 1 + static_cast<int>(seed * odd % 67); };
    const int rows = size(13), columns = size(29), classes = 1 + static_cast<int>(seed % 3);
    LabelImage labels = noise(rows, columns, classes, 35 + static_cast<int>(seed) * 2, seed);
    const Quantify quantify{classes, seed % 2 == 1, 1 + seed % 4, 0.25};
    std::vector<ClassQuantities> found(static_cast<std::size_t>(classes));
    REQUIRE(quantify.measure(labels.view(), found, workspace));
    const auto expected = reference::measure(quantify, rows, columns, labels.labels);
    for (std::size_t k = 0; k < found.size(); ++k) {
      INFO("seed " << seed << ", class " << k + 1);
      CHECK(found[k].pixels == expected[k].pixels);
      CHECK(found[k].objects == expected[k].objects);
      CHECK(found[k].object_pixels == expected[k].object_pixels);
      CHECK(found[k].area_fraction == Approx(expected[k].area_fraction));
      CHECK(found[k].area_mm2 == Approx(expected[k].area_mm2));
      CHECK(found[k].mean_object_pixels == Approx(expected[k].mean_object_pixels));
      CHECK(found[k].mean_object_mm2 == Approx(expected[k].mean_object_mm2));
    }
  }
}

TEST_CASE("what touches by a corner is one object for eight neighbours and two for four") {
  LabelImage labels(4, 6);
  labels.labels = {1, 1, 0, 0, 2, 2,  //
                   1, 1, 0, 0, 0, 2,  //
                   0, 0, 1, 0, 2, 0,  //
                   0, 0, 0, 0, 0, 0};
  Workspace workspace;
  std::vector<ClassQuantities> of(2);
  REQUIRE(Quantify{2, false, 1, 0.5}.measure(labels.view(), of, workspace));
  CHECK(of[0].objects == 2);
  CHECK(of[0].mean_object_pixels == 2.5);
  CHECK(of[0].area_fraction == Approx(5 / 9.0));
  CHECK(of[0].area_mm2 == 2.5);
  CHECK(of[1].objects == 2);
  REQUIRE(Quantify{2, true, 1, 0.5}.measure(labels.view(), of, workspace));
  CHECK(of[0].objects == 1);
  CHECK(of[1].objects == 1);
  CHECK(of[1].mean_object_mm2 == 2);
  REQUIRE(Quantify{2, false, 2, 0.5}.measure(labels.view(), of, workspace));
  CHECK(of[0].objects == 1);
  CHECK(of[0].mean_object_pixels == 4);
  CHECK(of[0].pixels == 5);
}

TEST_CASE("a slice without labels has no area and no objects") {
  LabelImage labels(7, 7);
  labels.labels.assign(49, 0);
  Workspace workspace;
  std::vector<ClassQuantities> of(2);
  REQUIRE(Quantify{}.measure(labels.view(), of, workspace));
  CHECK(of[0].area_fraction == 0);
  CHECK(of[1].objects == 0);
  CHECK(of[1].mean_object_pixels == 0);
}

TEST_CASE("a spiral is one object, though its arms meet only at their end") {
  LabelImage spiral(31, 31);
  spiral.labels.assign(31 * 31, 0);
  int r = 0, c = -1, step = 31, turn = 0;
  const int dr[] = {0, 1, 0, -1}, dc[] = {1, 0, -1, 0};
  while (step > 0) {
    for (int k = 0; k < step; ++k) {
      r += dr[turn % 4], c += dc[turn % 4];
      spiral.labels[static_cast<std::size_t>(r * 31 + c)] = 1;
    }
    ++turn;
    step = turn == 1 ? 30 : turn % 2 == 1 ? step - 2 : step;
  }
  Workspace workspace;
  std::vector<ClassQuantities> of(1);
  REQUIRE(Quantify{1}.measure(spiral.view(), of, workspace));
  CHECK(of[0].objects == 1);
  CHECK(of[0].object_pixels == of[0].pixels);
}
