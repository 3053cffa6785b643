#include <algorithm>
#include <numeric>
#include <random>

#include "services/projection/frame_account.h"

using slicecast::projection::FrameAccount;
using Verdict = FrameAccount::Verdict;

TEST_CASE("the same id again is a duplicate and changes no count") {
  FrameAccount account(4);
  CHECK(account.arrive(0) == Verdict::fresh);
  CHECK(account.arrive(0) == Verdict::duplicate);
  CHECK(account.unique() == 1);
  CHECK(account.expected() == 1);
}

TEST_CASE("a leap of ids is refused until a second frame confirms it") {
  FrameAccount account(10);
  account.arrive(3);
  const std::uint64_t far = std::uint64_t{1} << 63;
  CHECK(account.arrive(far) == Verdict::implausible);
  CHECK(account.arrive(4) == Verdict::fresh);
  CHECK(account.newest() == 4);
  CHECK(account.arrive(far) == Verdict::implausible);
  CHECK(account.arrive(far + 1) == Verdict::fresh);
  CHECK(account.newest() == far + 1);
  CHECK(account.unique() == 3);
}

TEST_CASE("what is older than the memory of ids is told from a duplicate by nobody") {
  FrameAccount account(1);
  const std::uint64_t last = 2 * FrameAccount::kRemembered;
  for (std::uint64_t id = 0; id <= last; ++id) account.arrive(id);
  CHECK(account.arrive(0) == Verdict::forgotten);
  CHECK(account.missing() == 0);
  CHECK(account.unique() == last + 1);
}

TEST_CASE("an id is missing once newer ids exceed the reorder window, not before") {
  FrameAccount account(3);
  account.arrive(0);
  for (std::uint64_t id : {2, 3, 4}) account.arrive(id);
  CHECK(account.missing() == 0);
  account.arrive(5);
  CHECK(account.missing() == 1);
  CHECK(account.expected() == account.unique() + 1);
}

TEST_CASE("what comes after it was given up is late, and missing no longer") {
  FrameAccount account(2);
  for (std::uint64_t id : {0, 2, 3, 4}) account.arrive(id);
  REQUIRE(account.missing() == 1);
  CHECK(account.arrive(1) == Verdict::late);
  CHECK(account.missing() == 0);
  CHECK(account.late() == 1);
  CHECK(account.unique() == 5);
  CHECK(account.arrive(1) == Verdict::duplicate);
}

TEST_CASE("any order within the reorder window loses nothing") {
  std::vector<std::uint64_t> ids(500);
  std::iota(ids.begin(), ids.end(), 0);
  std::shuffle(ids.begin(), ids.end(), std::mt19937(7));
  FrameAccount account(500);
  for (auto id : ids) CHECK(account.arrive(id) == Verdict::fresh);
  account.end(500);
  CHECK(account.missing() == 0);
  CHECK(account.unique() == 500);
}

TEST_CASE("the end of a scan makes every gap due") {
  FrameAccount account(100);
  for (std::uint64_t id = 0; id < 10; ++id)
    if (id != 4) account.arrive(id);
  CHECK(account.missing() == 0);
  account.end(12);
  CHECK(account.missing() == 3);  // 4, 10 and 11
  CHECK(account.expected() == 12);
}

TEST_CASE("joining a running scan does not miss what was sent before") {
  FrameAccount account(10);
  account.arrive(5000);
  for (std::uint64_t id = 5001; id < 5040; ++id) account.arrive(id);
  CHECK(account.missing() == 0);
  CHECK(account.expected() == 40);
}

TEST_CASE("joining a scan whose window follows backwards misses the holes of that window only") {
  FrameAccount account(10);
  for (std::uint64_t id = 5000; id > 4990; --id)
    if (id != 4995) CHECK(account.arrive(id) == Verdict::fresh);
  CHECK(account.missing() == 0);
  for (std::uint64_t id = 5001; id < 5020; ++id) account.arrive(id);
  CHECK(account.missing() == 1);
  CHECK(account.expected() == 29);
  CHECK(account.arrive(4995) == Verdict::late);
  CHECK(account.missing() == 0);
}

TEST_CASE("what reaches back when later ids are due already leaves the ids between missing") {
  FrameAccount account(10);
  for (std::uint64_t id = 5000; id < 5020; ++id) account.arrive(id);
  CHECK(account.arrive(4996) == Verdict::fresh);
  CHECK(account.missing() == 3);
  CHECK(account.expected() == account.unique() + 3);
}
