#include <cmath>

#include "viewer/model/value_overlay.h"

using namespace slicecast;
using namespace slicecast::viewer;

namespace {

OverlayImage image_of(const std::vector<float>& values) {
  OverlayImage image;
  image.header.mutable_values()->set_producer("probability");
  v1::PixelFormat& format = *image.header.mutable_pixels();
  format.set_type(v1::FLOAT32);
  format.add_shape(1);
  format.add_shape(static_cast<std::uint32_t>(values.size()));
  auto pixels = Buffer::allocate(values.size() * sizeof(float));
  std::copy(values.begin(), values.end(), pixels->as<float>());
  image.pixels = std::move(pixels);
  return image;
}

std::vector<int> steps_of(const OverlayImage& image) {
  const auto made = in_steps(image);
  REQUIRE(made);
  const auto* first = (*made)->pixels->as<std::uint16_t>();
  return {first, first + (*made)->columns()};
}

}  // namespace

TEST_CASE("an overlay of values that is too short or of labels is not put in steps") {
  auto image = image_of({0, 1});
  image.header.mutable_pixels()->set_shape(1, 3);
  CHECK_FALSE(in_steps(image));
  image = image_of({0, 1});
  image.header.mutable_labels();
  CHECK_FALSE(in_steps(image));
}

TEST_CASE("steps go from the least to the greatest value, and what is no number has none") {
  CHECK(steps_of(image_of({2, 4, 3, NAN, INFINITY})) ==
        std::vector<int>{0, kLastStep, kLastStep / 2, kNoStep, kLastStep});
  CHECK(steps_of(image_of({7, 7})) == std::vector<int>{0, 0});
  CHECK(steps_of(image_of({NAN})) == std::vector<int>{kNoStep});
}

TEST_CASE("limits are those that the producer proposes, else the least and the greatest value") {
  auto image = image_of({-5, 2, 15});
  CHECK(proposed_limits(**in_steps(image)).low == Approx(-5));
  CHECK(proposed_limits(**in_steps(image)).high == Approx(15));
  image.header.mutable_values()->set_maximum(1);
  CHECK(proposed_limits(**in_steps(image)) == ValueLimits{0, 1});
}

TEST_CASE("the value under the cursor is the one that was sent, also beyond the limits") {
  auto image = image_of({-5, 0.1F, NAN, 20});
  image.header.mutable_values()->set_maximum(1);
  const auto steps = in_steps(image);
  REQUIRE(steps);
  CHECK(*value_at(**steps, 0, 0.5) == -5);
  CHECK(*value_at(**steps, 0.3, 0) == 0.1F);
  CHECK_FALSE(value_at(**steps, 0.6, 0.5));
  CHECK(*value_at(**steps, 1, 1) == 20);
  CHECK_FALSE(value_at(**steps, 1.01, 0.5));
  CHECK_FALSE(value_at(**steps, 0.5, NAN));
}

TEST_CASE("the colours of steps run through the map, and what is no number is clear") {
  const auto palette = step_palette({ColourMap::gray, false}, 0.5);
  CHECK((palette[0] & 0xFFFFFF) == 0);
  CHECK((palette[254] & 0xFFFFFF) == 0xFFFFFF);
  CHECK(palette[254] >> 24 == 128);
  CHECK(palette[255] == 0);
}
