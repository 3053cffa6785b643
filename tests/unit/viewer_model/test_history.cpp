#include "tests/unit/viewer_model/images.h"
#include "viewer/model/slice_history.h"

using namespace slicecast;
using namespace slicecast::viewer;
using namespace slicecast::viewer::testing;

TEST_CASE("what is not newer is refused by the history, a new run of the server is not") {
  SliceHistory history({.versions = 4});
  CHECK_FALSE(history.push("s", nullptr));
  REQUIRE(history.push("s", version_of(5, 5)));
  CHECK_FALSE(history.push("s", version_of(4, 6)));
  SliceVersion restarted = plain_version(1, 7);
  restarted.instance = 2;
  CHECK(history.push("s", std::make_shared<const SliceVersion>(restarted)));
  CHECK(history.newest("s")->instance == 2);
  CHECK(history.shown("unknown") == nullptr);
}

TEST_CASE("100000 updates keep the history within its bounds") {
  constexpr std::size_t kBytes = 24;  // of one image
  SliceHistory history({.versions = 64, .bytes = 100 * kBytes});
  for (int i = 1; i <= 100000; ++i) {
    history.push("slice" + std::to_string(i % 3), version_of(static_cast<std::uint64_t>(i), i));
    if (i == 50000) history.freeze();
    if (i == 60000) history.choose(SliceHistory::Choice::a, "slice0");
    if (i == 70000) history.follow();
    if (i % 1000 == 0) REQUIRE(history.bytes() <= (100 + 3 + 1) * kBytes);
  }
  CHECK(history.bytes() <= (100 + 1) * kBytes);
  for (const char* slice : {"slice0", "slice1", "slice2"}) CHECK(history.versions(slice) <= 64);
  CHECK(history.evicted() > 79000);
  CHECK(history.newest("slice1")->version == 100000);
}

TEST_CASE("the newest image of each slice stays even when it alone is over the budget") {
  SliceHistory history({.versions = 8, .bytes = 1});
  for (int i = 1; i <= 5; ++i) {
    history.push("a", version_of(static_cast<std::uint64_t>(i), i));
    history.push("b", version_of(static_cast<std::uint64_t>(i), i));
  }
  CHECK(history.versions("a") == 1);
  CHECK(history.shown("b")->version == 5);
}

TEST_CASE("the same version in another encoding replaces the one before") {
  SliceHistory history({});
  const auto first = version_of(1, 1), again = version_of(1, 2);
  history.push("s", first);
  history.push("s", again);
  CHECK(history.versions("s") == 1);
  CHECK(history.newest("s") == again);
}

TEST_CASE("frozen, every slice shows what it showed at the cursor while the scan goes on") {
  SliceHistory history({.versions = 16});
  for (int i = 1; i <= 5; ++i) {
    history.push("a", version_of(static_cast<std::uint64_t>(i), 10 * i));
    history.push("b", version_of(static_cast<std::uint64_t>(i), 10 * i + 5));
  }
  history.freeze();
  history.push("a", version_of(6, 60));
  history.push("a", version_of(7, 70));
  CHECK(history.shown("a")->version == 5);
  CHECK(history.newest("a")->version == 7);
  CHECK(history.missed_while_frozen() == 2);
  CHECK(history.behind_s() == Approx(15e-9));

  history.scrub(-1);  // before the fifth of b
  CHECK(history.shown("a")->version == 5);
  CHECK(history.shown("b")->version == 4);
  history.scrub(-1000);
  CHECK(history.share() == 0);
  CHECK(history.shown("a")->version == 1);
  CHECK(history.shown("b") == nullptr);
  history.scrub_to(1);
  CHECK(history.shown("b")->version == 5);

  history.follow();
  CHECK_FALSE(history.frozen());
  CHECK(history.shown("a")->version == 7);
  CHECK(history.share() == 1);
}

TEST_CASE("A and B keep what was chosen, also after its slice was removed") {
  SliceHistory history({.versions = 2});
  history.choose(SliceHistory::Choice::a, "s");
  CHECK(history.chosen(SliceHistory::Choice::a, "s") == nullptr);
  history.push("s", version_of(1, 1));
  history.choose(SliceHistory::Choice::a, "s");
  for (int i = 2; i < 9; ++i) history.push("s", version_of(static_cast<std::uint64_t>(i), i));
  history.choose(SliceHistory::Choice::b, "s");
  history.remove("s");
  CHECK(history.shown("s") == nullptr);
  CHECK(history.chosen(SliceHistory::Choice::a, "s")->version == 1);
  CHECK(history.chosen(SliceHistory::Choice::b, "s")->version == 8);
  history.forget_choices();
  CHECK(history.bytes() == 0);
}

TEST_CASE("values are decoded from every encoding and lies about their size are refused") {
  SliceVersion image = plain_version(1, 0);
  CHECK((*values_of(image))[5] == 5);
  image.format.set_shape(0, 65535);
  image.format.add_shape(65535);
  image.format.add_shape(65535);
  CHECK_FALSE(values_of(image));
  image = plain_version(1, 0);
  image.pixels = nullptr;
  CHECK_FALSE(values_of(image));
  image = plain_version(1, 0);
  image.format.set_type(v1::FLOAT64);
  CHECK_FALSE(values_of(image));
  image.format.set_type(v1::UINT16);
  image.format.set_scale(0.5);
  image.format.set_offset(-1);
  auto pixels = Buffer::allocate(12);
  for (int i = 0; i < 6; ++i) pixels->as<std::uint16_t>()[i] = static_cast<std::uint16_t>(10 * i);
  image.pixels = pixels;
  CHECK((*values_of(image))[3] == 14);
}
