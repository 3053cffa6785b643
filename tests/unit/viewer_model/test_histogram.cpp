#include <cmath>
#include <limits>
#include <numeric>

#include "viewer/model/histogram.h"

using namespace slicecast;
using namespace slicecast::viewer;

namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

std::uint64_t counted(const Histogram& h) {
  return std::accumulate(h.counts.begin(), h.counts.end(), std::uint64_t{0}) + h.below + h.above;
}

std::vector<float> ramp(std::size_t count) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i) / float(count - 1);
  return values;
}

}  // namespace

TEST_CASE("nothing, only NaN, and no image make an empty histogram") {
  const std::vector<float> nans(10, kNan);
  CHECK(histogram_of(std::span<const float>{}).finite == 0);
  CHECK(histogram_of(SlicePixels{}).counts.empty());
  const auto h = histogram_of(nans);
  CHECK(h.finite == 0);
  CHECK(h.not_finite == 10);
  CHECK(std::isnan(percentile(h, 0.5)));
  CHECK(merged({}).finite == 0);
}

TEST_CASE("a constant image has a bin of some width and percentiles at its value") {
  for (float value : {0.0f, 3.5f, -1e9f}) {
    const std::vector<float> values(100, value);
    const auto h = histogram_of(values);
    CHECK(h.high > h.low);
    CHECK(counted(h) == 100);
    CHECK(percentile(h, 0.005) == value);
    CHECK(percentile(h, 0.995) == value);
    CHECK(h.deviation == 0);
  }
}

TEST_CASE("every finite value is counted once, NaN and infinities apart") {
  auto values = ramp(5000);
  values[7] = kNan;
  values[9] = std::numeric_limits<float>::infinity();
  const auto h = histogram_of(values, 64);
  CHECK(h.counts.size() == 64);
  CHECK(h.finite == 4998);
  CHECK(h.not_finite == 2);
  CHECK(counted(h) == 4998);
}

TEST_CASE("percentiles, mean and deviation of a ramp are those of the uniform distribution") {
  const auto h = histogram_of(ramp(100001));
  CHECK(percentile(h, 0) == Approx(0).margin(1e-6));
  CHECK(percentile(h, 0.005) == Approx(0.005).margin(1e-4));
  CHECK(percentile(h, 0.5) == Approx(0.5).margin(1e-4));
  CHECK(percentile(h, 0.995) == Approx(0.995).margin(1e-4));
  CHECK(percentile(h, 1) == Approx(1));
  CHECK(h.mean == Approx(0.5));
  CHECK(h.deviation == Approx(std::sqrt(1.0 / 12)).epsilon(1e-4));
}

TEST_CASE("a few hot pixels neither widen the bins nor get lost") {
  auto values = ramp(100000);
  for (std::size_t i = 0; i < 20; ++i) values[i * 4999 + 1] = 1e6f;
  const auto h = histogram_of(values);
  CHECK(h.high < 2);
  CHECK(h.above == 20);
  CHECK(h.maximum == 1e6f);
  CHECK(counted(h) == h.finite);
  CHECK(percentile(h, 0.995) < 1.01);
}

TEST_CASE("only the field of view counts") {
  std::vector<float> pixels(100 * 100, 9.0f);
  SlicePixels slice{{pixels.data(), 100, 100},
                    {{-5, -5, 0}, {10, 0, 0}, {0, 10, 0}},
                    geometry::FieldOfView{3, -1, 1}};
  std::uint64_t inside = 0;
  for (int r = 0; r < 100; ++r)
    for (int c = 0; c < 100; ++c) {
      const bool in = in_field(slice.field, point_of(slice.pose, 100, 100, {double(c), double(r)}));
      inside += in ? 1 : 0;
      if (in) pixels[static_cast<std::size_t>(100 * r + c)] = 1.0f;
    }
  const auto h = histogram_of(slice);
  CHECK(h.finite == inside);
  CHECK(h.maximum == 1);
  CHECK(inside == Approx(2827).epsilon(0.01));
  slice.pose.base.z = 2;  // above the field
  CHECK(histogram_of(slice).finite == 0);
  slice.field = geometry::FieldOfView{};
  CHECK(histogram_of(slice).finite == 10000);
}

TEST_CASE("a tilted slice is cut by the cylinder and by the heights") {
  const std::vector<float> pixels(50 * 60, 1.0f);
  const SlicePixels slice{{pixels.data(), 50, 60},
                          {{-6, -2, -4}, {9, 3, 2}, {1, 2, 8}},
                          geometry::FieldOfView{3.3, -1.5, 2}};
  std::uint64_t inside = 0;
  for (int r = 0; r < 50; ++r)
    for (int c = 0; c < 60; ++c)
      inside += in_field(slice.field, point_of(slice.pose, 50, 60, {double(c), double(r)})) ? 1 : 0;
  CHECK(inside > 100);
  CHECK(histogram_of(slice).finite == inside);
}

TEST_CASE("merging keeps all counts and gives the percentiles of the union") {
  auto first = ramp(10000), second = ramp(10000);
  for (float& value : second) value += 2;
  const Histogram parts[] = {histogram_of(first), Histogram{}, histogram_of(second)};
  const auto both = merged(parts);
  CHECK(both.finite == 20000);
  CHECK(counted(both) == 20000);
  CHECK(both.minimum == 0);
  CHECK(both.maximum == 3);
  CHECK(percentile(both, 0.25) == Approx(0.5).margin(0.02));
  CHECK(percentile(both, 0.75) == Approx(2.5).margin(0.02));
  CHECK(both.mean == Approx(1.5));
  CHECK(both.deviation == Approx(std::sqrt(1.0 + 1.0 / 12)).epsilon(1e-3));
}
