#include <vector>

#include "tests/unit/viewer_model/images.h"
#include "viewer/model/overlay_history.h"
#include "viewer/model/slice_history.h"

using namespace slicecast;
using namespace slicecast::viewer;
using namespace slicecast::viewer::testing;

namespace {

constexpr std::size_t kLabelBytes = 6;

const v1::Stamp& stamp_of(const SliceVersionPtr& version) {
  return version->header.stamp();
}

}  // namespace

TEST_CASE("nothing lies over an image whose overlay was never kept") {
  OverlayHistory history;
  history.push("s", nullptr);
  history.remove("never seen");
  CHECK(history.of("s", stamp_of(version_of(1, 0))) == nullptr);
  CHECK(history.bytes() == 0);
}

TEST_CASE("each version keeps the overlay that was computed from it, and a later one replaces it") {
  OverlayHistory history;
  const auto one = version_of(1, 0), two = version_of(2, 0);
  const auto first = labels_of(*one), second = labels_of(*two), again = labels_of(*one, kSecond);
  history.push("s", first);
  history.push("s", second);
  CHECK(history.of("s", stamp_of(one)) == first);
  CHECK(history.of("s", stamp_of(two)) == second);
  CHECK(history.of("t", stamp_of(one)) == nullptr);
  CHECK(history.of("s", stamp_of(version_of(2, 0, 7))) == nullptr);
  history.push("s", again);
  CHECK(history.of("s", stamp_of(one)) == again);
  CHECK(history.bytes() == 2 * kLabelBytes);
  history.remove("s");
  CHECK(history.of("s", stamp_of(two)) == nullptr);
  CHECK(history.bytes() == 0);
}

TEST_CASE("100000 overlays stay within their bounds of count and bytes") {
  OverlayHistory by_count({.images = 8, .bytes = 1 << 20});
  OverlayHistory by_bytes({.images = 64, .bytes = 10 * kLabelBytes});
  for (std::uint64_t i = 1; i <= 100000; ++i) {
    const auto overlay = labels_of(*version_of(i, 0));
    by_count.push("s", overlay);
    by_bytes.push(i % 2 == 0 ? "s" : "t", overlay);
  }
  CHECK(by_count.bytes() == 8 * kLabelBytes);
  CHECK(by_bytes.bytes() <= 10 * kLabelBytes);
  CHECK(by_count.of("s", stamp_of(version_of(99993, 0))) != nullptr);
  CHECK(by_count.of("s", stamp_of(version_of(99992, 0))) == nullptr);
}

TEST_CASE("what is frozen goes back to an image with an overlay only within the patience") {
  SliceHistory history({});
  for (std::uint64_t i = 1; i <= 6; ++i)
    history.push("s", version_of(i, static_cast<std::int64_t>(i) * 100 * kMs));
  history.scrub_to(0.8);  // the fifth, at 500 ms
  const auto found = history.shown_or_before("s", 4, 150 * kMs);
  std::vector<std::uint64_t> versions;
  for (const auto& version : found) versions.push_back(version->version);
  CHECK(versions == std::vector<std::uint64_t>{5, 4, 3});  // the third had a successor at 400 ms
  CHECK(history.shown_or_before("s", 2, kSecond).size() == 2);
  CHECK(history.shown_or_before("t", 4, kSecond).empty());
}

TEST_CASE("a frozen history says which images it can be scrubbed to") {
  SliceHistory history({});
  const auto one = version_of(1, 0), two = version_of(2, kSecond);
  history.push("s", one);
  history.freeze();
  history.push("s", two);
  CHECK(history.holds("s", stamp_of(one)));
  CHECK_FALSE(history.holds("s", stamp_of(two)));
  CHECK_FALSE(history.holds("t", stamp_of(one)));
  history.follow();
  CHECK(history.holds("s", stamp_of(two)));
}
