#include <cmath>
#include <limits>

#include "plugins/segmentation/decision.h"

using namespace slicecast;
using namespace slicecast::segment;
using Bytes = std::vector<std::uint8_t>;

TEST_CASE("chances of another number than the pixels and a threshold for no class are refused") {
  Bytes labels(3);
  CHECK_FALSE(decide({}, 2, std::vector<float>(5), {}, labels));
  CHECK_FALSE(decide({}, 0, {}, {}, labels));
  CHECK_FALSE(decide({}, 255, std::vector<float>(3 * 255), {}, labels));
  CHECK_FALSE(decide({ClassThreshold{3, 0.5}}, 2, std::vector<float>(6), {}, labels));
  CHECK_FALSE(decide({ClassThreshold{3, 0.5}}, 1, std::vector<float>(3), {}, labels));
}

TEST_CASE("the likeliest class wins, the lowest of equals, and what is not a number has no label") {
  const float none = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> chances{0.2f, 0.4f, 0.1f, none,   //
                                   0.5f, 0.4f, 0.2f, 0.5f,   //
                                   0.3f, 0.2f, 0.7f, 0.5f};  // [class][pixel]
  Bytes labels(4);
  REQUIRE(decide({}, 3, chances, {}, labels));
  CHECK(labels == Bytes{2, 1, 3, 0});
  REQUIRE(decide({}, 3, chances, Bytes{1, 0, 1, 1}, labels));
  CHECK(labels == Bytes{2, 0, 3, 0});
}

TEST_CASE("a class that reaches its threshold goes before likelier ones, and else is left out") {
  const std::vector<float> chances{0.2f, 0.6f, 0.1f,  //
                                   0.3f, 0.1f, 0.8f,  //
                                   0.5f, 0.3f, 0.1f};
  Bytes labels(3);
  REQUIRE(decide({ClassThreshold{2, 0.3}}, 3, chances, {}, labels));
  CHECK(labels == Bytes{2, 1, 2});
  REQUIRE(decide({ClassThreshold{2, 0.9}}, 3, chances, {}, labels));
  CHECK(labels == Bytes{3, 1, 1});
}

TEST_CASE("one channel is the chance of class 2") {
  const std::vector<float> chances{0.1f, 0.5f, 0.51f, 0.9f};
  Bytes labels(4);
  REQUIRE(decide({}, 1, chances, {}, labels));
  CHECK(labels == Bytes{1, 1, 2, 2});
  REQUIRE(decide({ClassThreshold{2, 0.8}}, 1, chances, {}, labels));
  CHECK(labels == Bytes{1, 1, 1, 2});
  REQUIRE(decide({ClassThreshold{1, 0.9}}, 1, chances, {}, labels));
  CHECK(labels == Bytes{1, 2, 2, 2});
}

TEST_CASE("scores become chances that sum to 1, without overflow") {
  std::vector<float> logits{1000, -1, 998, 2};
  to_chances(Scores::logits, 2, logits);
  CHECK(logits[0] + logits[2] == Approx(1));
  CHECK(logits[0] == Approx(1 / (1 + std::exp(-2.0))));
  CHECK(logits[3] == Approx(1 / (1 + std::exp(-3.0))));
  std::vector<float> logs{std::log(0.3f), std::log(0.7f)};
  to_chances(Scores::log_chances, 2, logs);
  CHECK(logs[1] == Approx(0.7));
  std::vector<float> single{0, -200, 200};
  to_chances(Scores::logits, 1, single);
  CHECK(single == std::vector<float>{0.5f, 0, 1});
}

TEST_CASE("hidden classes lose their label and no other does") {
  Bytes labels{0, 1, 2, 3, 2, 254};
  hide({}, labels);
  CHECK(labels == Bytes{0, 1, 2, 3, 2, 254});
  hide(Bytes{2, 254}, labels);
  CHECK(labels == Bytes{0, 1, 0, 3, 0, 0});
}

TEST_CASE("the greatest score is the likeliest class, also of negative and infinite scores") {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const std::vector<float> scores{-3, -9, -kInfinity, -kInfinity,  //
                                  -2, -9, -kInfinity, -5,          //
                                  -4, -8, -kInfinity, kInfinity};
  std::vector<float> chances = scores;
  std::vector<std::uint8_t> labels(4), by_chance(4);
  REQUIRE(decide({}, 3, scores, {}, labels));
  CHECK(labels == std::vector<std::uint8_t>{2, 3, 1, 3});
  to_chances(Scores::logits, 3, chances);
  REQUIRE(decide({}, 3, chances, {}, by_chance));
  CHECK(by_chance[0] == labels[0]);
  CHECK(by_chance[1] == labels[1]);
}
