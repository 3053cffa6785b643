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
  const auto* first = (*made)->pixels->as<std::uint8_t>();
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

TEST_CASE("values between the proposed limits take steps, beyond them the ends, no number none") {
  auto image = image_of({-5, 0.5F, 1, 2, NAN});
  image.header.mutable_values()->set_maximum(1);
  CHECK(steps_of(image) == std::vector<int>{0, 127, 254, 254, 255});
}

TEST_CASE("without proposed limits the least and the greatest value are the limits") {
  CHECK(steps_of(image_of({2, 4, 3, NAN, INFINITY})) == std::vector<int>{0, 254, 127, 255, 254});
  CHECK(steps_of(image_of({7, 7})) == std::vector<int>{0, 0});
  CHECK(steps_of(image_of({NAN})) == std::vector<int>{255});
}

TEST_CASE("steps give the values back within half a step") {
  const auto made = in_steps(image_of({2, 4, 3.3F}));
  REQUIRE(made);
  const auto& format = (*made)->header.pixels();
  const auto* steps = (*made)->pixels->as<std::uint8_t>();
  CHECK(std::abs(steps[2] * format.scale() + format.offset() - 3.3) <= 0.5 * format.scale() + 1e-6);
}

TEST_CASE("the colours of steps run through the map, and what is no number is clear") {
  const auto palette = step_palette({ColourMap::gray, false}, 0.5);
  CHECK((palette[0] & 0xFFFFFF) == 0);
  CHECK((palette[254] & 0xFFFFFF) == 0xFFFFFF);
  CHECK(palette[254] >> 24 == 128);
  CHECK(palette[255] == 0);
}
