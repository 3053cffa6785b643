#include <cmath>

#include "viewer/model/colour_map.h"

using namespace slicecast;
using namespace slicecast::viewer;

namespace {

void check_near(Rgba8 got, int r, int g, int b) {
  CHECK(std::abs(got.r - r) <= 2);
  CHECK(std::abs(got.g - g) <= 2);
  CHECK(std::abs(got.b - b) <= 2);
  CHECK(got.a == 255);
}

double lightness(Rgba8 c) {
  const auto linear = [](double v) { return std::pow(v / 255, 2.2); };
  return 0.2126 * linear(c.r) + 0.7152 * linear(c.g) + 0.0722 * linear(c.b);
}

}  // namespace

TEST_CASE("unknown colour maps are refused with those there are") {
  CHECK_FALSE(parse_colour_map(""));
  CHECK_FALSE(parse_colour_map("_r"));
  CHECK_FALSE(parse_colour_map("viridis_r_r"));
  const auto refused = parse_colour_map("jet");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("cividis") != std::string::npos);
}

TEST_CASE("names lead to their map and back") {
  for (ColourMap map : kColourMaps)
    for (bool reversed : {false, true}) {
      const ColourChoice choice{map, reversed};
      CHECK(*parse_colour_map(to_string(choice)) == choice);
    }
  CHECK(to_string({ColourMap::viridis, true}) == "viridis_r");
}

TEST_CASE("maps agree with the published tables at their ends and between") {
  const auto at = [](ColourMap map, std::size_t i) { return colour_table({map, false})[i]; };
  check_near(at(ColourMap::gray, 128), 128, 128, 128);
  check_near(at(ColourMap::viridis, 0), 68, 1, 84);
  check_near(at(ColourMap::viridis, 64), 59, 82, 139);
  check_near(at(ColourMap::viridis, 128), 33, 145, 140);
  check_near(at(ColourMap::viridis, 255), 253, 231, 37);
  check_near(at(ColourMap::magma, 128), 183, 55, 121);
  check_near(at(ColourMap::magma, 192), 252, 137, 97);
  check_near(at(ColourMap::inferno, 64), 87, 16, 110);
  check_near(at(ColourMap::inferno, 192), 249, 142, 9);
  check_near(at(ColourMap::plasma, 128), 204, 71, 120);
  check_near(at(ColourMap::cividis, 64), 67, 78, 108);
  check_near(at(ColourMap::cividis, 192), 188, 174, 108);
  check_near(at(ColourMap::turbo, 64), 40, 188, 235);
  check_near(at(ColourMap::turbo, 192), 251, 126, 33);
}

TEST_CASE("sequential maps rise in lightness and reversed ones are mirrored") {
  for (ColourMap map : kColourMaps) {
    const auto& table = colour_table({map, false});
    const auto& mirrored = colour_table({map, true});
    for (std::size_t i = 0; i < 256; ++i) CHECK(table[i] == mirrored[255 - i]);
    if (map == ColourMap::turbo) continue;
    for (std::size_t i = 4; i < 256; i += 4) CHECK(lightness(table[i]) > lightness(table[i - 4]));
  }
}

TEST_CASE("a lookup takes the ends beyond 0 and 1 and shows nothing for NaN") {
  const auto& table = colour_table({ColourMap::magma, false});
  CHECK(lookup(table, -3) == table[0]);
  CHECK(lookup(table, 7) == table[255]);
  CHECK(lookup(table, 0.5) == table[128]);
  CHECK(lookup(table, std::nan("")) == Rgba8{0, 0, 0, 0});
}
