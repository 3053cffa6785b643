#include "common/nn/graph/model_card.h"

using namespace slicecast;

namespace {

bool refused(const std::string& key, const std::string& value) {
  return !nn::read_card({{"slicecast." + key, value}});
}

}  // namespace

TEST_CASE("values out of range and names that are not known are refused") {
  CHECK(refused("input_scale", "0"));
  CHECK(refused("input_scale", "nan"));
  CHECK(refused("input_scale", "inf"));
  CHECK(refused("input_scale", "2x"));
  CHECK(refused("input_shift", ""));
  CHECK(refused("pixel_size_mm", "-0.1"));
  CHECK(refused("pixel_size_mm", "0"));
  CHECK(refused("border", "mirror"));
  CHECK(refused("output", "scores"));
  CHECK(refused("classes", ""));
  CHECK(refused("classes", "a,,b"));
  CHECK(refused("classes", "a, a"));
  CHECK(refused("class_colours", "#ff0000"));
  CHECK(refused("pixel_size", "0.1"));
  CHECK_FALSE(
      nn::read_card({{"slicecast.classes", "a,b"}, {"slicecast.class_colours", "red,blue"}}));
  CHECK_FALSE(
      nn::read_card({{"slicecast.classes", "a,b"}, {"slicecast.class_colours", "#000000"}}));
}

TEST_CASE("a card without properties has neutral defaults and ignores what is not ours") {
  const auto card = nn::read_card({{"author", "somebody"}, {"border", "mirror"}});
  REQUIRE(card);
  CHECK(card->input_scale == 1);
  CHECK(card->input_shift == 0);
  CHECK_FALSE(card->pixel_size_mm);
  CHECK_FALSE(card->border);
  CHECK(card->classes.empty());
  CHECK(nn::write_card(*card).empty());
}

TEST_CASE("what is written is read again as it was") {
  nn::ModelCard card;
  card.name = "bubbles";
  card.licence = "BSD-3-Clause";
  card.provenance = "simulated";
  card.value_unit = "1/mm";
  card.input_scale = 1.0 / 3;
  card.input_shift = -1e-7;
  card.pixel_size_mm = 0.0123;
  card.border = nn::msd::Border::reflect;
  card.output = nn::OutputKind::log_probabilities;
  card.classes = {{"gel", 0x102030}, {"bubble", 0xff0000}};
  const auto again = nn::read_card(nn::write_card(card));
  REQUIRE(again);
  CHECK(*again == card);
  CHECK(again->input_scale == 1.0 / 3);
  CHECK(again->classes[1].name == "bubble");
  CHECK(again->classes[1].colour == 0xff0000);
}

TEST_CASE("classes without colours get distinct ones") {
  const auto card = nn::read_card({{"slicecast.classes", "a, b ,c"}});
  REQUIRE(card);
  REQUIRE(card->classes.size() == 3);
  CHECK(card->classes[1].name == "b");
  CHECK(card->classes[1].colour != card->classes[2].colour);
}
