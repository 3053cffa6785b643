#include <cmath>

#include "viewer/model/transfer.h"

using namespace slicecast;
using namespace slicecast::viewer;

TEST_CASE("points beyond the ends, unknown points, and removing an end are refused") {
  TransferCurve curve;
  CHECK_FALSE(curve.insert(0));
  CHECK_FALSE(curve.insert(1));
  CHECK_FALSE(curve.insert(std::nan("")));
  CHECK_FALSE(curve.remove(0));
  CHECK_FALSE(curve.remove(1));
  CHECK_FALSE(curve.remove(2));
  CHECK_FALSE(curve.move(2, 0.5, 0.5));
  CHECK_FALSE(curve.move(0, 0.5, std::nan("")));
  CHECK_FALSE(curve.recolour(0, 2, 0, 0));
  for (int i = 1; i <= 30; ++i) CHECK(curve.insert(i / 31.0));
  CHECK(curve.insert(0.5).error().code == Errc::resource_exhausted);
}

TEST_CASE("saved curves that are damaged are refused") {
  for (const char* text :
       {"", ";", "0,0,0,0", "0,0,0,0,0", "0,0,0,0,0;1,0,0,0", "0,0,0,0,0;1,0,0,0,2",
        "0,0,0,0,0;0.5,0,0,0,0", "0,0,0,0,0;1,0,0,0,0;0.5,0,0,0,0;1,0,0,0,0",
        "0,0,0,0,0;1,0,0,0,0;", "0,0,0,0,0;1,0,nan,0,0", "0,0,0,0,0 1,0,0,0,0"})
    CHECK_FALSE(TransferCurve::parse(text));
  std::string many = "0,0,0,0,0";
  for (int i = 0; i < 40; ++i) many += ";0.5,0,0,0,0";
  CHECK_FALSE(TransferCurve::parse(many + ";1,0,0,0,0"));
}

TEST_CASE("a new point lies on the curve and changes nothing until it is moved") {
  auto curve = TransferCurve::from_map({ColourMap::viridis, false}, 0.25);
  const auto before = curve.table();
  const auto index = *curve.insert(0.3);
  CHECK(index == 3);
  CHECK(curve.table() == before);
  REQUIRE(curve.move(index, 0.3, 1));
  CHECK(curve.table()[77].a > before[77].a);
  REQUIRE(curve.remove(index));
  CHECK(curve.table() == before);
}

TEST_CASE("dragged points stop at their neighbours, ends keep their place") {
  TransferCurve curve;
  const auto low = *curve.insert(0.4), high = *curve.insert(0.6);
  REQUIRE(curve.move(low, 0.9, 3));
  CHECK(curve.points()[low].position == 0.6);
  CHECK(curve.points()[low].opacity == 1);
  REQUIRE(curve.move(high, -1, -1));
  CHECK(curve.points()[high].position == 0.6);
  CHECK(curve.points()[high].opacity == 0);
  REQUIRE(curve.move(0, 0.5, 0.25));
  CHECK(curve.points()[0].position == 0);
  CHECK(curve.at(0).opacity == 0.25);
  CHECK(curve.at(0.6).opacity == 0);  // a step: the later point counts
}

TEST_CASE("the table runs from the first to the last point, opacity in alpha") {
  const auto curve = TransferCurve::from_map({ColourMap::gray, false}, 0.5);
  const auto table = curve.table();
  CHECK(table[0] == Rgba8{0, 0, 0, 0});
  CHECK(table[255] == Rgba8{255, 255, 255, 255});
  CHECK(table[127].a <= 1);
  CHECK(table[191].a == Approx(127).margin(2));
}

TEST_CASE("a curve comes back from its text") {
  auto curve = TransferCurve::from_map({ColourMap::turbo, true}, 0.1);
  REQUIRE(curve.recolour(*curve.insert(1.0 / 3), 0.1, 0.2, 0.3));
  const auto back = TransferCurve::parse(curve.text());
  REQUIRE(back);
  CHECK(back->points() == curve.points());
}
