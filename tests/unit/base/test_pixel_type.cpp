#include <bit>
#include <cmath>
#include <limits>

#include "common/base/pixel_type.h"

using namespace slicecast;

namespace {

// The definition of binary16, written out in double precision.
double half_value(std::uint16_t bits) {
  const int exponent = (bits >> 10) & 31, mantissa = bits & 1023;
  const double sign = bits & 0x8000 ? -1 : 1;
  if (exponent == 31)
    return mantissa ? std::numeric_limits<double>::quiet_NaN()
                    : sign * std::numeric_limits<double>::infinity();
  return sign *
         (exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25));
}

// The nearest half of a positive number within the finite range, ties to the even one, by search.
std::uint16_t nearest_half(double value) {
  std::uint16_t low = 0, high = 0x7c00;
  while (high - low > 1) {
    const auto middle = static_cast<std::uint16_t>((low + high) / 2);
    (half_value(middle) <= value ? low : high) = middle;
  }
  // Beyond the largest finite half the next step would be 65536.
  const double above = high == 0x7c00 ? 65536.0 : half_value(high);
  const double down = value - half_value(low), up = above - value;
  if (down != up) return down < up ? low : high;
  return low % 2 == 0 ? low : high;
}

}  // namespace

TEST_CASE("names that are not NumPy's are unknown") {
  for (const char* name : {"", "float", "uint16 ", "UINT16", "f4", "complex64"})
    CHECK_FALSE(pixel_type_from(name));
}

TEST_CASE("every pixel type has its size and NumPy's name") {
  const std::vector<std::pair<const char*, std::size_t>> expected{
      {"uint8", 1}, {"uint16", 2}, {"uint32", 4},  {"uint64", 8},  {"int8", 1},   {"int16", 2},
      {"int32", 4}, {"int64", 8},  {"float16", 2}, {"float32", 4}, {"float64", 8}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto type = static_cast<PixelType>(i);
    CHECK(std::string(to_string(type)) == expected[i].first);
    CHECK(size_of(type) == expected[i].second);
    CHECK(pixel_type_from(expected[i].first) == type);
  }
}

TEST_CASE("all 65536 halves widen to their value and narrow back to themselves") {
  for (int i = 0; i < 65536; ++i) {
    const auto bits = static_cast<std::uint16_t>(i);
    const float value = float_from_half(bits);
    const double expected = half_value(bits);
    if (std::isnan(expected)) {
      REQUIRE(std::isnan(value));
      REQUIRE(std::isnan(float_from_half(half_from_float(value))));
      continue;
    }
    REQUIRE(static_cast<double>(value) == expected);
    REQUIRE(std::signbit(value) == (i >= 0x8000));
    REQUIRE(half_from_float(value) == bits);
  }
}

TEST_CASE("floats round to the nearest half, ties to even") {
  for (int i = 0; i < 0x7bff; ++i) {
    const double low = half_value(static_cast<std::uint16_t>(i)),
                 high = half_value(static_cast<std::uint16_t>(i + 1));
    const auto tie = static_cast<float>((low + high) / 2);
    const auto even = static_cast<std::uint16_t>(i % 2 == 0 ? i : i + 1);
    REQUIRE(half_from_float(tie) == even);
    REQUIRE(half_from_float(-tie) == (even | 0x8000));
    REQUIRE(half_from_float(std::nextafter(tie, 0.0f)) == i);
    REQUIRE(half_from_float(std::nextafter(tie, 1e9f)) == i + 1);
  }
}

TEST_CASE("floats of all exponents narrow as the definition says") {
  for (std::uint32_t bits = 0x2f000000u; bits < 0x477ff000u; bits += 40961)
    REQUIRE(half_from_float(std::bit_cast<float>(bits)) ==
            nearest_half(static_cast<double>(std::bit_cast<float>(bits))));
}

TEST_CASE("too large floats become infinite, too small ones zero, and signs stay") {
  CHECK(half_from_float(65519.99f) == 0x7bff);
  CHECK(half_from_float(65520.0f) == 0x7c00);
  CHECK(half_from_float(-1e30f) == 0xfc00);
  CHECK(half_from_float(std::numeric_limits<float>::infinity()) == 0x7c00);
  CHECK(half_from_float(0x1p-25f) == 0);  // a tie with 2^-24: to even
  CHECK(half_from_float(-0x1p-26f) == 0x8000);
  CHECK(half_from_float(std::numeric_limits<float>::denorm_min()) == 0);
  CHECK(std::isnan(float_from_half(half_from_float(std::numeric_limits<float>::quiet_NaN()))));
}
