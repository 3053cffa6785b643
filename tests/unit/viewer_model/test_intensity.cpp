#include <cmath>

#include "viewer/model/intensity.h"

using namespace slicecast;
using namespace slicecast::viewer;

namespace {

Histogram uniform(double low, double high) {
  std::vector<float> values(10001);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(low + (high - low) * static_cast<double>(i) / 10000);
  return histogram_of(values);
}

}  // namespace

TEST_CASE("limits that are not low < high, wild gammas and unknown scales are refused") {
  CHECK_FALSE(validate({1, 1}));
  CHECK_FALSE(validate({2, 1}));
  CHECK_FALSE(validate({0, std::nan("")}));
  CHECK_FALSE(validate({-1.7e308, 1.7e308}));
  CHECK_FALSE(validate({0, 1, Scale::gamma, 0}));
  CHECK_FALSE(validate({0, 1, Scale::gamma, 11}));
  CHECK_FALSE(parse_scale("cubic"));
  IntensitySet set;
  CHECK_FALSE(set.set("a", {2, 1}));
  CHECK(set.of("a") == Intensity{});
  CHECK_FALSE(set.contrast_once("a", Histogram{}));
  set.follow("a", true);
  CHECK_FALSE(set.update("a", Histogram{}, 1));
}

TEST_CASE("shares run from 0 to 1 between the limits in every scale, NaN stays NaN") {
  for (Scale scale : {Scale::linear, Scale::log, Scale::gamma}) {
    const Intensity intensity{-2, 6, scale, 2.2};
    CHECK(*parse_scale(to_string(scale)) == scale);
    CHECK(share_of(intensity, -5) == 0);
    CHECK(share_of(intensity, 6) == Approx(1));
    CHECK(share_of(intensity, 1e300) == Approx(1));
    CHECK(std::isnan(share_of(intensity, std::nan(""))));
    for (double value : {-1.9, 0.0, 3.0, 5.9})
      CHECK(value_of(intensity, share_of(intensity, value)) == Approx(value).margin(1e-12));
  }
  CHECK(share_of({0, 1, Scale::linear}, 0.25) == 0.25);
  CHECK(share_of({0, 1, Scale::gamma, 2}, 0.5) == Approx(0.25));
  CHECK(share_of({0, 1, Scale::log}, 0.1) == Approx(std::log(101.0) / std::log(1001.0)));
}

TEST_CASE("contrast once takes 0.5 and 99.5 percent and ends following") {
  IntensitySet set;
  set.follow("a", true);
  REQUIRE(set.contrast_once("a", uniform(0, 100)));
  CHECK(set.of("a").low == Approx(0.5).margin(0.02));
  CHECK(set.of("a").high == Approx(99.5).margin(0.02));
  CHECK_FALSE(set.following("a"));
}

TEST_CASE("automatic limits of nearly and wholly constant images still span something") {
  std::vector<float> values(10000, 2.0f);
  CHECK(auto_limits(histogram_of(values))->low < 2);
  CHECK(auto_limits(histogram_of(values))->high > 2);
  values[3] = 5.0f;
  const auto limits = auto_limits(histogram_of(values));
  REQUIRE(limits);
  CHECK(limits->high > limits->low);
}

TEST_CASE("following glides to new limits, ignores small moves, and rests when there") {
  IntensitySet set;
  REQUIRE(set.set("a", {0, 100}));
  CHECK_FALSE(set.update("a", uniform(0, 50), 1));  // not following
  set.follow("a", true);
  CHECK(set.update("a", uniform(0, 200), 0.1));
  const double after_one = set.of("a").high;
  CHECK((after_one > 100 && after_one < 199));
  for (int i = 0; i < 60; ++i) set.update("a", uniform(0, 200), 0.1);
  CHECK(set.of("a").high == Approx(199).epsilon(0.01));
  const auto rested = set.of("a");
  CHECK_FALSE(set.update("a", uniform(0, 206), 0.1));  // 3 % off
  CHECK(set.of("a") == rested);
  CHECK(set.update("a", uniform(0, 230), 0.1));
}

TEST_CASE("switching following on moves to the histogram at once, however near") {
  IntensitySet set;
  REQUIRE(set.set("a", {0, 100}));
  set.follow("a", true);
  CHECK(set.update("a", uniform(0, 102), 0.1));
}

TEST_CASE("locked slices share one intensity and keep it when unlocked") {
  IntensitySet set;
  REQUIRE(set.set("a", {0, 1}));
  REQUIRE(set.set("b", {5, 6}));
  set.lock(true, "a");
  CHECK(set.of("b").high == 1);
  REQUIRE(set.set("b", {2, 3}));
  CHECK(set.of("a").low == 2);
  CHECK(set.of("new").low == 2);
  CHECK(set.of("b").low == 2);
  set.lock(false, "a");
  CHECK_FALSE(set.locked());
  CHECK(set.of("a").low == 2);
  CHECK(set.of("b").low == 2);
  REQUIRE(set.set("a", {7, 8}));
  CHECK(set.of("b").low == 2);
}
