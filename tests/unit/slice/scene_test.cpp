#include "services/slice/scene.h"

#include <catch2/catch.hpp>

#include <limits>
#include <map>
#include <string>

#include "services/slice/priorities.h"

using namespace slicecast;
using namespace slicecast::slice;

namespace {

v1::SetSlice pose(double x = 0, std::uint32_t size = 16) {
  v1::SetSlice slice;
  slice.mutable_base()->set_x_mm(x);
  slice.mutable_axis1()->set_x_mm(10);
  slice.mutable_axis2()->set_y_mm(10);
  slice.set_rows(size);
  slice.set_columns(size);
  return slice;
}

}  // namespace

TEST_CASE("poses that are no plane, not finite or too large are refused with a remedy") {
  Scene scene(SceneLimits{2, 1000});
  v1::SetSlice flat = pose();
  *flat.mutable_axis2() = flat.axis1();
  CHECK(scene.set("a", flat, 0).error().code == Errc::invalid_argument);
  for (const double far : {std::numeric_limits<double>::quiet_NaN(), 1e300, -1e10}) {
    v1::SetSlice wild = pose();
    wild.mutable_base()->set_z_mm(far);
    CHECK(scene.set("a", wild, 0).error().code == Errc::invalid_argument);
  }
  v1::SetSlice tiny = pose();
  tiny.mutable_axis1()->set_x_mm(1e-40);
  CHECK(scene.set("a", tiny, 0).error().code == Errc::invalid_argument);
  CHECK(scene.set("a", pose(0, 0), 0).error().code == Errc::invalid_argument);
  CHECK(scene.set("a", pose(0, 32), 0).error().code == Errc::resource_exhausted);
  CHECK(scene.set("a", pose(0, 4000000000u), 0).error().code == Errc::resource_exhausted);
  v1::SetSlice named = pose();
  named.set_id("../etc");
  CHECK(scene.set("a", named, 0).error().code == Errc::invalid_argument);
  v1::SetSlice wordy = pose();
  wordy.set_name(std::string(257, 'x'));
  CHECK(scene.set("a", wordy, 0).error().code == Errc::invalid_argument);
  CHECK(scene.remove("nothing").error().code == Errc::not_found);
}

TEST_CASE("a client may own so many slices and no more") {
  Scene scene(SceneLimits{2, 1000});
  REQUIRE(scene.set("a", pose(), 0));
  REQUIRE(scene.set("a", pose(), 0));
  CHECK(scene.set("a", pose(), 0).error().code == Errc::resource_exhausted);
  CHECK(scene.set("b", pose(), 0));
}

TEST_CASE("the last pose wins and carries its author, the owner stays") {
  Scene scene(SceneLimits{});
  const auto first = scene.set("a", pose(), 0);
  v1::SetSlice moved = pose(5);
  moved.set_id(first->id());
  const auto second = scene.set("b", moved, 0);
  REQUIRE(second);
  CHECK(second->owner() == "a");
  CHECK(second->author() == "b");
  CHECK(second->base().x_mm() == 5);
  CHECK(second->pose_revision() > first->pose_revision());
  CHECK(scene.describe().slices_size() == 1);
}

TEST_CASE("slices of a client that is gone are removed unless they are pinned") {
  SceneLimits limits;
  limits.lease_ns = 100;
  Scene scene(limits);
  const auto loose = scene.set("a", pose(), 0);
  v1::SetSlice kept = pose();
  kept.set_pinned(true);
  const auto pinned = scene.set("a", kept, 0);
  const auto other = scene.set("b", pose(), 0);
  scene.renew("b", 90);
  CHECK(scene.expire(100).empty());
  CHECK(scene.expire(150) == std::vector<std::string>{loose->id()});
  CHECK(scene.expire(191) == std::vector<std::string>{other->id()});
  CHECK(scene.describe().slices_size() == 1);
  CHECK(scene.describe().slices(0).id() == pinned->id());
}

TEST_CASE("on-demand poses come first, refreshes never under a quarter, previews last") {
  Priorities priorities;
  CHECK_FALSE(priorities.choose({}));
  CHECK(*priorities.choose({.demand = true, .refresh = true, .background = true}) ==
        Priority::demand);
  CHECK(*priorities.choose({.refresh = true, .background = true}) == Priority::refresh);
  CHECK(*priorities.choose({.background = true}) == Priority::background);
  CHECK(*priorities.choose({.demand = true, .refresh = true, .refresh_overdue = true}) ==
        Priority::refresh);

  // A minute of everything waiting all the time, in tiles of a millisecond.
  std::map<Priority, double> share;
  for (std::int64_t now = 1'000'000; now < 60'000'000'000; now += 1'000'000) {
    const Priority chosen =
        *priorities.choose({.demand = true, .refresh = true, .background = true});
    priorities.account(chosen, 1'000'000, now);
    share[chosen] += 1.0 / 60000;
  }
  CHECK(share[Priority::refresh] == Approx(0.25).margin(0.02));
  CHECK(share[Priority::background] == Approx(0.05).margin(0.02));
  CHECK(share[Priority::demand] > 0.65);
}
