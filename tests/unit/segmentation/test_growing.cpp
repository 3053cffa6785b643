#include <algorithm>
#include <cmath>
#include <random>

#include "common/segmentation/gradient.h"
#include "common/segmentation/random_walker.h"
#include "common/segmentation/reference/reference.h"
#include "common/segmentation/slot_set.h"
#include "common/segmentation/watershed.h"
#include "tests/unit/segmentation/pictures.h"

using namespace slicecast;
using namespace slicecast::segmentation;
using namespace slicecast::testing;

namespace {

LabelImage scattered(const Picture& picture, int classes, int every, unsigned seed) {
  LabelImage seeds(picture.rows, picture.columns);
  std::mt19937 random(seed);
  for (auto& label : seeds.labels) {
    const bool seeded = random() % static_cast<unsigned>(every) == 0;
    label = static_cast<std::uint8_t>(seeded ? 1 + random() % static_cast<unsigned>(classes) : 0);
  }
  seeds.labels[0] = 1;
  seeds.labels.back() = static_cast<std::uint8_t>(classes);
  return seeds;
}

}  // namespace

TEST_CASE("markers of another size and parameters beyond their range are refused") {
  Workspace workspace;
  const Picture picture = blobs(9, 9, 1);
  LabelImage labels(9, 9), small(8, 9);
  CHECK_FALSE(flood(picture.field(), small.view(), labels.view(), workspace));
  CHECK_FALSE(flood(picture.field(), {}, labels.view(), workspace));
  CHECK_FALSE(RandomWalker{}.segment(picture.field(), small.view(), labels.view(), workspace));
  for (const RandomWalker& walker :
       {RandomWalker{-1}, RandomWalker{2e6}, RandomWalker{130, 0}, RandomWalker{130, 1},
        RandomWalker{130, 1e-3, {50, 40}}, RandomWalker{130, 1e-3, {-1, 40}}})
    CHECK_FALSE(walker.segment(picture.field(), labels.view(), workspace));
  for (const Watershed& watershed :
       {Watershed{-1}, Watershed{33}, Watershed{1, {10, 101}}, Watershed{0.05}})
    CHECK_FALSE(watershed.segment(picture.field(), labels.view(), workspace));
}

TEST_CASE("a set of slots gives the smallest first") {
  Workspace workspace;
  for (std::size_t size : {1UL, 64UL, 65UL, 300000UL}) {
    SlotSet slots(size, workspace);
    CHECK(slots.empty());
    std::mt19937 random(7);
    std::vector<bool> held(size);
    for (int step = 0; step < 200; ++step) {
      const std::size_t slot = random() % size;
      if (step % 3 != 2) {
        slots.insert(slot);
        held[slot] = true;
      } else if (!slots.empty()) {
        const std::size_t smallest = slots.take_smallest();
        REQUIRE(std::find(held.begin(), held.end(), true) ==
                held.begin() + static_cast<std::ptrdiff_t>(smallest));
        held[smallest] = false;
      }
    }
  }
}

TEST_CASE("gradients are those of the definition") {
  on_every_target([&](const std::string& target) {
    for (const auto& picture :
         {blobs(40, 75, 1), holed(33, 41, 2), blobs(3, 5, 3), blobs(1, 1, 4)}) {
      INFO(target << " " << picture.rows << "x" << picture.columns);
      Workspace workspace(2);
      const auto prepared = prepare(picture.field(), workspace);
      const auto plane = reference::plane_of(picture.field());
      for (double sigma : {0.0, 1.0, 4.3}) {
        const auto sobel = sobel_magnitude(prepared, sigma, workspace);
        const auto expected = reference::sobel_magnitude(plane, sigma);
        for (std::size_t i = 0; i < expected.values.size(); ++i)
          REQUIRE(sobel.pixels[i] == Approx(expected.values[i]).margin(1e-5));
      }
      const auto slope = gaussian_gradient_magnitude(prepared, 2.5, workspace);
      const auto expected = reference::gaussian_gradient_magnitude(plane, 2.5);
      for (std::size_t i = 0; i < expected.values.size(); ++i)
        REQUIRE(slope.pixels[i] == Approx(expected.values[i]).margin(1e-5));
    }
  });
}

TEST_CASE("flooding is that of a priority queue, pixel for pixel, plateaus included") {
  Workspace workspace(2);
  for (unsigned seed = 0; seed < 8; ++seed) {
    Picture relief = seed % 2 == 0 ? blobs(60, 53, seed) : holed(60, 53, seed);
    if (seed % 4 >= 2)  // many pixels of one height
      for (float& value : relief.values) value = std::round(value * 4);
    LabelImage seeds = scattered(relief, 1 + static_cast<int>(seed) % 5, seed < 4 ? 40 : 400, seed);
    if (seed == 5) seeds.labels[77] = 255;
    LabelImage labels(60, 53);
    REQUIRE(flood(relief.field(), seeds.view(), labels.view(), workspace));
    INFO("seed " << seed);
    CHECK(labels.labels == reference::flood(reference::plane_of(relief.field()), seeds.labels));
  }
}

TEST_CASE("without seeds nothing is labelled, and seeds under the mask are none") {
  Workspace workspace;
  Picture picture = blobs(12, 12, 1);
  LabelImage labels(12, 12), seeds(12, 12);
  seeds.labels.assign(144, 0);
  REQUIRE(flood(picture.field(), seeds.view(), labels.view(), workspace));
  CHECK(labels.labels == seeds.labels);
  REQUIRE(RandomWalker{}.segment(picture.field(), seeds.view(), labels.view(), workspace));
  CHECK(labels.labels == seeds.labels);
  picture.mask.assign(144, 1);
  picture.mask[5] = 0;
  LabelImage hidden = seeds;
  hidden.labels[5] = 3;
  REQUIRE(flood(picture.field(), hidden.view(), labels.view(), workspace));
  CHECK(labels.labels == seeds.labels);
  REQUIRE(RandomWalker{}.segment(picture.field(), hidden.view(), labels.view(), workspace));
  CHECK(labels.labels == seeds.labels);
}

TEST_CASE("the random walker decides by the chances of the definition") {
  on_every_target([&](const std::string& target) {
    for (unsigned seed = 0; seed < 4; ++seed) {
      const Picture picture = seed % 2 == 0 ? blobs(24, 19, seed) : holed(24, 19, seed);
      const int classes = 2 + static_cast<int>(seed);
      const LabelImage seeds = scattered(picture, classes, 15, seed);
      RandomWalker walker{20.0 + 30 * seed, 1e-6};
      Workspace workspace(2);
      LabelImage labels(24, 19), given = seeds;
      REQUIRE(walker.segment(picture.field(), given.view(), labels.view(), workspace));
      const auto chances =
          reference::chances(walker, reference::plane_of(picture.field()), seeds.labels, classes);
      for (std::size_t i = 0; i < labels.labels.size(); ++i) {
        double best = 0;
        for (const auto& of : chances) best = std::max(best, of[i]);
        const int label = labels.labels[i];
        INFO(target << ", seed " << seed << ", pixel " << i << ", label " << label);
        const bool part =
            takes_part(picture.field(), static_cast<int>(i) / 19, static_cast<int>(i) % 19);
        if (!part || best == 0)
          CHECK(label == 0);
        else  // of near equals either will do
          CHECK(chances[static_cast<std::size_t>(label - 1)][i] >= best - 1e-3);
      }
    }
  });
}

TEST_CASE("a seed of each class in the whole picture decides it as the definition does") {
  on_every_target([&](const std::string& target) {
    for (unsigned seed = 0; seed < 4; ++seed) {
      const Picture picture = blobs(30, 27, seed);
      LabelImage seeds(30, 27), labels(30, 27);
      std::ranges::fill(seeds.labels, std::uint8_t{0});
      seeds.labels[27 * (3 + seed) + 4] = 1;
      seeds.labels[27 * 24 + 20 - seed] = 2;
      const RandomWalker walker;  // with the tolerance that users get
      Workspace workspace(2);
      REQUIRE(walker.segment(picture.field(), seeds.view(), labels.view(), workspace));
      const auto chances =
          reference::chances(walker, reference::plane_of(picture.field()), seeds.labels, 2);
      std::size_t same = 0;
      for (std::size_t i = 0; i < labels.labels.size(); ++i)
        same += (chances[1][i] > chances[0][i] ? 2 : 1) == labels.labels[i] ? 1 : 0;
      INFO(target << ", seed " << seed << ", " << same << " of " << labels.labels.size());
      CHECK(static_cast<double>(same) >= 0.995 * static_cast<double>(labels.labels.size()));
    }
  });
}

TEST_CASE("a part that no seed reaches stays without label, the rest gets the class of its seed") {
  Picture picture = blobs(40, 40, 3);
  picture.mask.assign(1600, 1);
  for (int r = 0; r < 40; ++r) picture.mask[static_cast<std::size_t>(r * 40 + 19)] = 0;
  LabelImage seeds(40, 40), labels(40, 40);
  seeds.labels.assign(1600, 0);
  seeds.labels[5] = 7;
  Workspace workspace(2);
  const auto check = [&] {
    for (int r = 0; r < 40; ++r)
      for (int c = 0; c < 40; ++c)
        REQUIRE(labels.labels[static_cast<std::size_t>(r * 40 + c)] == (c < 19 ? 7 : 0));
  };
  REQUIRE(flood(picture.field(), seeds.view(), labels.view(), workspace));
  check();
  REQUIRE(RandomWalker{}.segment(picture.field(), seeds.view(), labels.view(), workspace));
  check();
}

TEST_CASE("markers follow the percentiles of what takes part") {
  Workspace workspace;
  Picture picture{1, 12, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 99}};
  picture.mask.assign(12, 1);
  picture.mask[11] = 0;
  LabelImage markers(1, 12);
  MarkerRule{30, 90}.mark(prepare(picture.field(), workspace), markers.view(), workspace);
  CHECK(markers.labels == std::vector<std::uint8_t>{1, 1, 1, 1, 0, 0, 0, 0, 0, 2, 2, 0});
}
