#include "services/projection/raw_window.h"
#include "services/projection/refilter_plan.h"

using namespace slicecast;
using namespace slicecast::projection;

namespace {

RawFrame frame(std::uint64_t id, std::size_t bytes = 1000) {
  return {.id = id, .pixels = Buffer::allocate(bytes)};
}

using Ids = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("a budget of no bytes keeps no frame and says that the window is not whole") {
  RawWindow window(0);
  window.set_window(4);
  window.insert(frame(0), true);
  CHECK(window.size() == 0);
  CHECK(window.bytes() == 0);
  CHECK_FALSE(window.whole());
}

TEST_CASE("a late frame does not displace a newer one") {
  RawWindow window(1 << 20);
  window.set_window(3);
  for (std::uint64_t id : {5, 6, 7}) window.insert(frame(id), true);
  window.insert(frame(2), true);
  CHECK(window.newest_first() == Ids{7, 6, 5});
  CHECK(window.whole());
}

TEST_CASE("frames leave the raw window after one window of newer ids") {
  RawWindow window(1 << 20);
  window.set_window(3);
  for (std::uint64_t id = 0; id < 10; ++id) window.insert(frame(id), true);
  CHECK(window.newest_first() == Ids{9, 8, 7});
  CHECK(window.bytes() == 3000);
  CHECK(window.whole());
}

TEST_CASE("the byte budget holds, and once its victims are outdated the window is whole again") {
  RawWindow window(2500);
  window.set_window(3);
  for (std::uint64_t id = 0; id < 3; ++id) window.insert(frame(id), true);
  CHECK(window.size() == 2);
  CHECK(window.bytes() <= 2500);
  CHECK_FALSE(window.whole());
  window.set_window(2);
  CHECK(window.whole());
}

TEST_CASE("frames that never went out are told from those that did") {
  RawWindow window(1 << 20);
  window.set_window(10);
  window.insert(frame(0), false);
  window.insert(frame(1), true);
  window.insert(frame(2), false);
  CHECK(window.unpublished_newest_first() == Ids{2, 0});
  window.mark_published(2);
  CHECK(window.unpublished_newest_first() == Ids{0});
}

TEST_CASE("a refilter is ready once, when its last frame has been sent") {
  RefilterPlan plan;
  plan.start(7, {3, 2, 1}, true);
  CHECK_FALSE(plan.take_ready());
  for (int i = 0; i < 3; ++i) REQUIRE(plan.next());
  CHECK_FALSE(plan.next());
  plan.finished(7);
  plan.finished(7);
  CHECK_FALSE(plan.take_ready());
  plan.finished(7);
  CHECK(plan.take_ready());
  CHECK_FALSE(plan.take_ready());
}

TEST_CASE("a second change starts the refilter over and forgets what was in work") {
  RefilterPlan plan;
  plan.start(7, {3, 2, 1}, true);
  plan.next();
  plan.start(8, {4, 3}, true);
  plan.finished(7);  // of the refilter that was cancelled
  CHECK(plan.remaining() == 2);
  CHECK(plan.next() == 4u);
  plan.finished(7);
  CHECK(plan.remaining() == 2);
}
