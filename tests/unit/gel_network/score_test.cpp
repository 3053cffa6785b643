#include "plugins/segmentation/training/score.h"

#include <catch2/catch.hpp>

using namespace slicecast;
using namespace slicecast::training;

namespace {

// Four pixels of gel, two of bubble and one of each other kind, at the values they should have.
LabelledSlice small_slice() {
  LabelledSlice slice;
  slice.rows = 3;
  slice.columns = 3;
  slice.values = {0.02F, 0.02F, 0.02F, 0.02F, 0.001F, 0.002F, 0.03F, 0, 0};
  slice.labels = {Label::gel,    Label::gel,       Label::gel,     Label::gel,   Label::bubble,
                  Label::bubble, Label::container, Label::outside, Label::unseen};
  return slice;
}

BubbleFinder calls(std::vector<std::uint8_t> answer) {
  return [answer](const LabelledSlice&) -> Result<std::vector<std::uint8_t>> { return answer; };
}

}  // namespace

TEST_CASE("Slices without any bubble have no F1") {
  auto slice = small_slice();
  slice.labels[4] = slice.labels[5] = Label::gel;
  const auto f1 = bubble_f1(std::span(&slice, 1), calls(std::vector<std::uint8_t>(9, 0)));
  REQUIRE_FALSE(f1);
  CHECK(f1.error().code == Errc::invalid_argument);
}

TEST_CASE("A card without a place for its scores is refused") {
  CHECK_FALSE(with_table("no marks", "table"));
  CHECK_FALSE(with_table("<!-- end of scores --><!-- scores -->\n", "table"));
}

TEST_CASE("The table takes the place of the former one and of nothing else") {
  const auto card = with_table("a\n<!-- scores -->\nold\n<!-- end of scores -->\nb\n", "new\n");
  REQUIRE(card);
  CHECK(*card == "a\n<!-- scores -->\nnew\n<!-- end of scores -->\nb\n");
}

TEST_CASE("F1 counts pixels over all slices and leaves out what is not seen") {
  const std::vector<LabelledSlice> slices{small_slice(), small_slice()};
  CHECK(*bubble_f1(slices, calls({0, 0, 0, 0, 1, 1, 0, 0, 0})) == 1);
  CHECK(*bubble_f1(slices, calls({0, 0, 0, 0, 1, 1, 0, 0, 1})) == 1);
  CHECK(*bubble_f1(slices, calls({0, 0, 0, 0, 0, 0, 0, 0, 0})) == 0);
  CHECK(*bubble_f1(slices, calls({1, 0, 0, 0, 1, 0, 0, 0, 0})) == Approx(0.5));
  CHECK(*bubble_f1(slices, calls({1, 1, 0, 0, 1, 1, 0, 0, 0})) == Approx(2.0 * 2 / (4 + 2)));
}

TEST_CASE("Otsu takes the air for bubbles, and within the gel's cylinder it does not") {
  const auto slice = small_slice();
  const auto everywhere = find_by_otsu(slice);
  REQUIRE(everywhere);
  CHECK((*everywhere)[7] == 1);
  CHECK((*everywhere)[8] == 0);
  for (const auto& find : {find_by_roi_otsu, find_by_fixed_threshold}) {
    const auto within = find(slice);
    REQUIRE(within);
    CHECK(*within == std::vector<std::uint8_t>{0, 0, 0, 0, 1, 1, 0, 0, 0});
  }
}
