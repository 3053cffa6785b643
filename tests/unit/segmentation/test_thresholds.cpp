#include <limits>

#include "common/segmentation/percentile.h"
#include "common/segmentation/reference/reference.h"
#include "common/segmentation/threshold.h"
#include "tests/unit/segmentation/pictures.h"

using namespace slicecast;
using namespace slicecast::segmentation;
using namespace slicecast::testing;

namespace {

double range_of(const Picture& picture) {
  Workspace workspace;
  const Prepared prepared = prepare(picture.field(), workspace);
  return static_cast<double>(prepared.maximum) - static_cast<double>(prepared.minimum);
}

}  // namespace

TEST_CASE("thresholds with too few or many classes, bins or an odd tolerance are refused") {
  Workspace workspace;
  const Picture picture = blobs(9, 9, 1);
  for (const Otsu& otsu : {Otsu{1}, Otsu{9}, Otsu{2, 1}, Otsu{2, 5000}, Otsu{8, 7}})
    CHECK_FALSE(otsu.thresholds(picture.field(), workspace));
  for (double tolerance : {-1e-9, 0.2, std::numeric_limits<double>::quiet_NaN()})
    CHECK_FALSE(CrossEntropy{tolerance}.thresholds(picture.field(), workspace));
  LabelImage labels(9, 9);
  CHECK_FALSE(apply({0.5f, 0.2f}, picture.field(), labels.view(), workspace));
  CHECK_FALSE(apply(Thresholds(255, 0.0f), picture.field(), labels.view(), workspace));
}

TEST_CASE("values that no sum can hold are refused by cross entropy, and Otsu divides them") {
  Workspace workspace;
  Picture picture = constant(4, 4, -3e38f);
  for (int i = 8; i < 16; ++i) picture.values[static_cast<std::size_t>(i)] = 3e38f;
  CHECK_FALSE(CrossEntropy{}.thresholds(picture.field(), workspace));
  const auto otsu = Otsu{}.thresholds(picture.field(), workspace);
  REQUIRE(otsu);
  CHECK(otsu->front() > -3e38f);
  CHECK(otsu->front() < 3e38f);
}

TEST_CASE("Otsu's thresholds are those of the best of all cuts, to one bin") {
  Workspace workspace(2);
  on_every_target([&](const std::string& target) {
    for (unsigned seed = 0; seed < 4; ++seed) {
      const Picture picture = seed % 2 == 0 ? blobs(70, 61, seed) : holed(70, 61, seed);
      const auto plane = reference::plane_of(picture.field());
      for (const Otsu& otsu : {Otsu{2, 256}, Otsu{3, 256}, Otsu{4, 48}, Otsu{6, 14}}) {
        INFO(target << ", seed " << seed << ", " << otsu.classes << " classes");
        const auto expected = reference::thresholds(otsu, plane);
        const auto found = otsu.thresholds(picture.field(), workspace);
        REQUIRE(found);
        REQUIRE(found->size() == expected.size());
        for (std::size_t k = 0; k < expected.size(); ++k)
          CHECK((*found)[k] ==
                Approx(expected[k]).margin(1.01 * range_of(picture) / otsu.bins).epsilon(0));
      }
    }
  });
}

TEST_CASE("the cross entropy threshold is the fixed point of its definition") {
  Workspace workspace(2);
  on_every_target([&](const std::string& target) {
    for (unsigned seed = 0; seed < 4; ++seed) {
      INFO(target << ", seed " << seed);
      const Picture picture = seed % 2 == 0 ? blobs(70, 61, seed) : holed(70, 61, seed);
      const auto expected =
          reference::thresholds(CrossEntropy{}, reference::plane_of(picture.field()));
      const auto found = CrossEntropy{}.thresholds(picture.field(), workspace);
      REQUIRE(found);
      CHECK(found->front() == Approx(expected.front()).margin(1e-4 * range_of(picture)));
    }
  });
}

TEST_CASE("an image of two values is divided between them") {
  Workspace workspace;
  Picture picture = constant(20, 20, 1.5f);
  for (int i = 0; i < 150; ++i) picture.values[static_cast<std::size_t>(i)] = -0.5f;
  for (const auto& found : {Otsu{}.thresholds(picture.field(), workspace),
                            CrossEntropy{}.thresholds(picture.field(), workspace)}) {
    REQUIRE(found);
    CHECK(found->front() >= -0.5f);
    CHECK(found->front() < 1.5f);
  }
}

TEST_CASE("labels count the thresholds below a value") {
  Workspace workspace;
  Picture picture{1, 6, {0, 1, 1.5f, 2, 3, std::numeric_limits<float>::quiet_NaN()}};
  LabelImage labels(1, 6);
  on_every_target([&](const std::string&) {
    REQUIRE(apply({1, 2}, picture.field(), labels.view(), workspace));
    CHECK(labels.labels == std::vector<std::uint8_t>{1, 1, 2, 2, 3, 0});
  });
}

TEST_CASE("percentiles are those of the sorted values") {
  Workspace workspace(2);
  for (unsigned seed = 0; seed < 3; ++seed) {
    const Picture picture = holed(50, 47, seed);
    const auto plane = reference::plane_of(picture.field());
    const auto prepared = prepare(picture.field(), workspace);
    const std::vector<double> percents{0, 0.01, 30, 50, 90, 99.99, 100};
    std::vector<float> values(percents.size());
    percentiles(prepared, percents, values, workspace);
    for (std::size_t k = 0; k < percents.size(); ++k)
      CHECK(values[k] == Approx(reference::percentile(plane, percents[k])).margin(1e-6));
  }
}
