#include "common/wire/feed_encode.h"

#include <cmath>
#include <limits>
#include <numeric>

#include "common/wire/pixel_parts.h"
#include "link_fixture.h"

namespace slicecast::wire::test {
namespace {

EncodedImage encode(FeedMessage message, v1::Encoding encoding, std::uint32_t max_side) {
  static const auto pool = BufferPool::create(std::size_t{1} << 20);
  return encode_image(message.header, message.pixels, encoding, max_side, *pool);
}

FeedMessage ramp(std::initializer_list<std::size_t> shape) {
  FeedMessage message;
  *message.header.mutable_pixels() = pixel_format(PixelType::f32, shape);
  const std::size_t n = message.header.pixels().bytes() / 4;
  auto pixels = Buffer::allocate(n * 4);
  std::iota(pixels->as<float>(), pixels->as<float>() + n, -3.0f);
  message.pixels = pixels;
  return message;
}

}  // namespace

TEST_CASE("images that are not float32, or have no pixels, are left as they are") {
  auto labels = ramp({8, 8});
  labels.header.mutable_pixels()->set_type(v1::UINT32);
  const auto same = encode(labels, v1::QUANTISED_8, 2);
  CHECK(same.pixels == labels.pixels);
  CHECK(same.header.pixels().type() == v1::UINT32);
  FeedMessage empty;
  CHECK_FALSE(encode(empty, v1::QUANTISED_8, 2).pixels);
}

TEST_CASE("labels that are shorter than their shape says are left as they are") {
  FeedMessage labels;
  *labels.header.mutable_pixels() = pixel_format(PixelType::u8, {8, 8});
  labels.header.mutable_labels();
  labels.pixels = Buffer::allocate(63);
  CHECK(encode(labels, v1::NATIVE, 4).pixels == labels.pixels);
}

TEST_CASE("labels become smaller without a class that was not there, and are never quantised") {
  for (const auto type : {PixelType::u8, PixelType::u16}) {
    const bool wide = type == PixelType::u16;
    FeedMessage labels;
    *labels.header.mutable_pixels() = pixel_format(type, {37, 21});
    labels.header.mutable_labels()->mutable_input()->set_version(7);
    labels.header.mutable_labels()->set_unlabelled(200);
    auto pixels = Buffer::allocate(37 * 21 * (wide ? 2u : 1u));
    // Three bands of rows whose numbers have nothing between them.
    const auto band = [](std::size_t row) { return row < 12 ? 3 : row < 30 ? 200 : 90; };
    for (std::size_t i = 0; i < 37 * 21; ++i)
      if (wide)
        pixels->as<std::uint16_t>()[i] = static_cast<std::uint16_t>(300 * band(i / 21));
      else
        pixels->as<std::uint8_t>()[i] = static_cast<std::uint8_t>(band(i / 21));
    labels.pixels = pixels;
    const auto image = encode(labels, v1::QUANTISED_8, 10);
    const auto& format = image.header.pixels();
    REQUIRE(format.shape(0) == 10);
    REQUIRE(format.shape(1) == 6);
    CHECK(format.type() == labels.header.pixels().type());
    CHECK(format.bytes() == 60u * (wide ? 2u : 1u));
    CHECK(image.header.labels().SerializeAsString() == labels.header.labels().SerializeAsString());
    for (std::size_t r = 0; r < 10; ++r)
      for (std::size_t c = 0; c < 6; ++c) {
        const int expected = band(std::min<std::size_t>(4 * r + 2, 36));
        CHECK((wide ? image.pixels->as<std::uint16_t>()[6 * r + c] / 300
                    : image.pixels->as<std::uint8_t>()[6 * r + c]) == expected);
      }
    CHECK(encode(labels, v1::NATIVE, 37).pixels == labels.pixels);
  }
}

TEST_CASE("quantised values come back within half a step, whatever the image holds") {
  for (const auto encoding : {v1::QUANTISED_16, v1::QUANTISED_8}) {
    const auto original = ramp({31, 17});
    const auto image = encode(original, encoding, 0);
    const auto& format = image.header.pixels();
    const bool wide = encoding == v1::QUANTISED_16;
    CHECK(format.bytes() == 31u * 17u * (wide ? 2u : 1u));
    CHECK(format.scale() == Approx((31 * 17 - 1) / (wide ? 65535.0 : 255.0)));
    CHECK(format.offset() == -3.0);
    double worst = 0;
    for (int i = 0; i < 31 * 17; ++i) {
      const double stored =
          wide ? image.pixels->as<std::uint16_t>()[i] : image.pixels->as<std::uint8_t>()[i];
      const double value = stored * format.scale() + format.offset();
      worst = std::max(worst, std::abs(value - original.pixels->as<float>()[i]));
    }
    CHECK(worst <= 0.501 * format.scale());
  }
}

TEST_CASE("flat images, infinities and not-a-number can be quantised") {
  const auto flat = encode(image(4.5f), v1::QUANTISED_16, 0);
  CHECK(flat.pixels->as<std::uint16_t>()[0] * flat.header.pixels().scale() +
            flat.header.pixels().offset() ==
        4.5);
  auto odd = ramp({1, 4});
  auto pixels = Buffer::allocate(16);
  pixels->as<float>()[0] = std::numeric_limits<float>::quiet_NaN();
  pixels->as<float>()[1] = std::numeric_limits<float>::infinity();
  pixels->as<float>()[2] = 1;
  pixels->as<float>()[3] = 3;
  odd.pixels = pixels;
  const auto packed = encode(odd, v1::QUANTISED_8, 0);
  const auto* stored = packed.pixels->as<std::uint8_t>();
  CHECK(stored[0] == 0);
  CHECK(stored[1] == 255);
  CHECK(stored[2] == 0);
  CHECK(stored[3] == 255);
}

TEST_CASE("an image is averaged until it fits, and its axes follow") {
  auto original = ramp({4, 6});
  original.header.mutable_slice()->mutable_axis1()->set_x_mm(6);
  original.header.mutable_slice()->mutable_axis2()->set_y_mm(4);
  const auto reduced = encode(original, v1::NATIVE, 3);
  REQUIRE(reduced.header.pixels().shape(0) == 2);
  REQUIRE(reduced.header.pixels().shape(1) == 3);
  CHECK(reduced.header.pixels().bytes() == 24);
  CHECK(reduced.pixels->as<float>()[0] == (-3.0f - 2 + 3 + 4) / 4);
  CHECK(reduced.header.slice().axis1().x_mm() == 6);
  // Five columns become two and a half: the third covers what is not there, the axis grows by it.
  auto odd = ramp({1, 5});
  odd.header.mutable_slice()->mutable_axis1()->set_x_mm(5);
  const auto third = encode(odd, v1::NATIVE, 3);
  CHECK(third.header.pixels().shape(1) == 3);
  CHECK(third.header.slice().axis1().x_mm() == 6);
  CHECK(third.pixels->as<float>()[2] == 1.0f);
}

TEST_CASE("a preview shrinks in all three directions and stays where it is") {
  auto original = ramp({5, 4, 4});
  auto& preview = *original.header.mutable_preview();
  preview.set_voxel_mm(0.5);
  preview.mutable_centre()->set_z_mm(1);
  const auto reduced = encode(original, v1::QUANTISED_16, 3);
  const auto& format = reduced.header.pixels();
  CHECK(format.shape(0) == 3);
  CHECK(format.shape(1) == 2);
  CHECK(format.bytes() == 3 * 2 * 2 * 2);
  CHECK(reduced.header.preview().voxel_mm() == 1.0);
  // Voxel 0 was at (0 - 2) 0.5 + 1 and 1 at 0.5: their mean is voxel 0 now.
  CHECK((0 - 1) * 1.0 + reduced.header.preview().centre().z_mm() == Approx(0.25));
  CHECK(reduced.header.preview().centre().x_mm() == 0);
}

TEST_CASE("the planes of a slab are reduced one by one") {
  auto slab = ramp({7, 4, 4});
  slab.header.mutable_slice();
  const auto reduced = encode(slab, v1::NATIVE, 2);
  CHECK(reduced.header.pixels().shape(0) == 7);
  CHECK(reduced.header.pixels().shape(1) == 2);
}

}  // namespace slicecast::wire::test
