#include "services/slice/window.h"

#include <algorithm>
#include <functional>
#include <random>

#include <catch2/catch.hpp>

#include "stream.h"

using namespace slicecast::slice;
using namespace slicecast::slice::testing;

namespace {

Entry plain_entry(std::uint64_t id, double angle, std::uint64_t epoch = 1) {
  Entry entry;
  entry.id = id;
  entry.angle_rad = angle;
  entry.epoch = epoch;
  return entry;
}

double weight_sum(const Snapshot& snapshot) {
  double sum = 0;
  for (const auto& entry : snapshot.entries) sum += entry->weight;
  return sum;
}

constexpr double kStep = std::numbers::pi / 10;

}  // namespace

TEST_CASE("a duplicate and a frame whose slot holds newer content are refused") {
  Window window(half_turn(10));
  for (std::uint64_t id = 0; id < 15; ++id)
    CHECK(window.add(plain_entry(id, kStep * static_cast<double>(id))) == Inserted::added);
  CHECK(window.add(plain_entry(14, kStep * 14)) == Inserted::duplicate);
  CHECK(window.add(plain_entry(3, kStep * 3)) == Inserted::late);
}

TEST_CASE("a sliding window holds the newest half turn and its weights sum to pi") {
  Window window(half_turn(10));
  for (std::uint64_t id = 0; id < 37; ++id)
    window.add(plain_entry(id, kStep * static_cast<double>(id)));
  const auto snapshot = window.snapshot();
  REQUIRE(snapshot->entries.size() == 10);
  CHECK(snapshot->oldest_id == 27);
  CHECK(snapshot->newest_id == 36);
  CHECK_FALSE(snapshot->filling);
  CHECK(weight_sum(*snapshot) == Approx(std::numbers::pi).epsilon(1e-6));
}

TEST_CASE("a stage that turns backwards slides the same way") {
  Window window(half_turn(10));
  for (std::uint64_t id = 0; id < 25; ++id)
    window.add(plain_entry(id, -kStep * static_cast<double>(id)));
  CHECK(window.snapshot()->oldest_id == 15);
  CHECK(window.snapshot()->newest_id == 24);
}

TEST_CASE("one angle far ahead costs some frames, not the rest of the scan") {
  for (const double wild : {1e6, 1e300, -1e6}) {
    Window window(half_turn(10));
    for (std::uint64_t id = 0; id < 120; ++id)
      window.add(plain_entry(id, id == 50 ? wild : kStep * static_cast<double>(id)));
    const auto snapshot = window.snapshot();
    CAPTURE(wild);
    CHECK(snapshot->newest_id == 119);
    CHECK(snapshot->entries.size() == 10);
    CHECK(weight_sum(*snapshot) == Approx(std::numbers::pi).epsilon(1e-6));
  }
}

TEST_CASE("a stage that goes to and fro, and angles that are not unwrapped, are followed") {
  const auto to_and_fro = [](std::uint64_t id) {
    const auto step = static_cast<double>(id % 80);
    return kStep * (step < 40 ? step : 80 - step);
  };
  const auto wrapped = [](std::uint64_t id) { return kStep * static_cast<double>(id % 20); };
  for (const std::function<double(std::uint64_t)>& angle :
       {std::function<double(std::uint64_t)>(to_and_fro), {wrapped}}) {
    Window window(half_turn(10));
    std::uint64_t newest = 0, longest = 0;
    for (std::uint64_t id = 0; id < 1000; ++id) {
      window.add(plain_entry(id, angle(id)));
      longest = std::max(longest, id - newest);
      newest = window.snapshot()->newest_id;
    }
    CHECK(longest <= 34);
  }
}

TEST_CASE("until the first window is full the ends count one step and the snapshot says filling") {
  Window window(half_turn(10));
  for (std::uint64_t id = 0; id < 4; ++id)
    window.add(plain_entry(id, kStep * static_cast<double>(id)));
  const auto snapshot = window.snapshot();
  CHECK(snapshot->filling);
  for (const auto& entry : snapshot->entries) CHECK(entry->weight == Approx(kStep));
}

TEST_CASE("a missing angle is absorbed by its neighbours and a gap over three steps is marked") {
  Window window(half_turn(10));
  for (std::uint64_t id = 0; id < 10; ++id)
    if (id != 5) window.add(plain_entry(id, kStep * static_cast<double>(id)));
  const auto one = window.snapshot();
  CHECK(one->entries.size() == 9);
  CHECK(one->wide_gap_rad == 0);
  for (const auto& entry : one->entries)
    CHECK(entry->weight == Approx(entry->id == 4 || entry->id == 6 ? 1.5 * kStep : kStep));

  Window holes(half_turn(10));
  for (std::uint64_t id = 0; id < 10; ++id)
    if (id < 3 || id > 5) holes.add(plain_entry(id, kStep * static_cast<double>(id)));
  CHECK(holes.snapshot()->wide_gap_rad == Approx(4 * kStep));
  CHECK(weight_sum(*holes.snapshot()) == Approx(std::numbers::pi).epsilon(1e-6));
}

TEST_CASE("a slot keeps its older projection for one more window, then it is a hole") {
  Window window(half_turn(10));
  const auto holds = [&](std::uint64_t id) {
    for (const auto& entry : window.snapshot()->entries)
      if (entry->id == id) return true;
    return false;
  };
  for (std::uint64_t id = 0; id < 18; ++id)
    if (id != 15) window.add(plain_entry(id, kStep * static_cast<double>(id)));
  CHECK(holds(5));  // 15 may still come
  CHECK(window.snapshot()->entries.size() == 10);
  CHECK(window.add(plain_entry(15, kStep * 15)) == Inserted::added);
  CHECK_FALSE(holds(5));
  for (std::uint64_t id = 18; id < 36; ++id)
    if (id != 25) window.add(plain_entry(id, kStep * static_cast<double>(id)));
  CHECK_FALSE(holds(15));
  CHECK(window.add(plain_entry(36, kStep * 36)) == Inserted::added);
  CHECK(weight_sum(*window.snapshot()) == Approx(std::numbers::pi).epsilon(1e-6));
}

TEST_CASE("frames in shuffled order cost no angles") {
  Window window(half_turn(10));
  std::mt19937 random(5);
  for (std::uint64_t group = 0; group < 20; ++group) {
    std::vector<std::uint64_t> ids(10);
    for (std::uint64_t i = 0; i < 10; ++i) ids[i] = 10 * group + i;
    std::shuffle(ids.begin(), ids.end(), random);
    for (const std::uint64_t id : ids) {
      window.add(plain_entry(id, kStep * static_cast<double>(id)));
      if (group > 0) CHECK(window.snapshot()->entries.size() == 10);
    }
  }
}

TEST_CASE("entries whose weight does not change are the same entries in the next snapshot") {
  Window window(half_turn(10));
  for (std::uint64_t id = 0; id < 20; ++id)
    window.add(plain_entry(id, kStep * static_cast<double>(id)));
  const auto before = window.snapshot();
  window.add(plain_entry(20, kStep * 20 + 1e-9));  // a breath of jitter
  const auto after = window.snapshot();
  for (std::size_t i = 1; i < before->entries.size(); ++i)
    CHECK(before->entries[i] == after->entries[i - 1]);
}

TEST_CASE("an alternating window is replaced whole at the end of each group") {
  WindowRules rules = half_turn(10);
  rules.mode = WindowMode::alternating;
  Window window(rules);
  for (std::uint64_t id = 0; id < 4; ++id)
    window.add(plain_entry(id, kStep * static_cast<double>(id)));
  CHECK(window.snapshot()->entries.size() == 4);  // the first group shows while it grows
  CHECK(window.snapshot()->filling);
  for (std::uint64_t id = 4; id < 19; ++id)
    window.add(plain_entry(id, kStep * static_cast<double>(id)));
  CHECK(window.snapshot()->newest_id == 9);
  CHECK_FALSE(window.snapshot()->filling);
  window.add(plain_entry(19, kStep * 19));
  CHECK(window.snapshot()->oldest_id == 10);
  CHECK(window.add(plain_entry(3, kStep * 3)) == Inserted::late);
}

TEST_CASE("a group with a hole is shown when the next begins, and its straggler still fills it") {
  WindowRules rules = half_turn(10);
  rules.mode = WindowMode::alternating;
  Window window(rules);
  for (std::uint64_t id = 0; id < 22; ++id)
    if (id != 15) window.add(plain_entry(id, kStep * static_cast<double>(id)));
  CHECK(window.snapshot()->oldest_id == 10);
  CHECK(window.snapshot()->entries.size() == 9);
  CHECK(window.add(plain_entry(15, kStep * 15)) == Inserted::added);
  CHECK(window.snapshot()->entries.size() == 10);
}

TEST_CASE("at the end of a scan its last group is shown with its holes, but no part of a group") {
  WindowRules rules = half_turn(20);
  rules.mode = WindowMode::alternating;
  const auto shown_after = [&](std::uint64_t last) {
    Window window(rules);
    for (std::uint64_t id = 0; id < last; ++id)
      if (id != 25 && id != 30) window.add(plain_entry(id, kStep * static_cast<double>(id)));
    CHECK(window.snapshot()->newest_id == 19);
    window.end();
    return window.snapshot();
  };
  CHECK(shown_after(40)->oldest_id == 20);
  CHECK(shown_after(40)->entries.size() == 18);
  CHECK(shown_after(37)->newest_id == 36);  // the last three are holes as well
  CHECK(shown_after(36)->newest_id == 19);
}

TEST_CASE("a last-n window keeps the newest n of a golden-angle scan") {
  WindowRules rules = half_turn(34);
  rules.mode = WindowMode::last_n;
  Window window(rules);
  const double golden = std::numbers::pi * (std::sqrt(5.0) - 1) / 2;
  for (std::uint64_t id = 0; id < 100; ++id)
    window.add(plain_entry(id, golden * static_cast<double>(id)));
  CHECK(window.snapshot()->entries.size() == 34);
  CHECK(window.snapshot()->oldest_id == 66);
  CHECK(weight_sum(*window.snapshot()) == Approx(std::numbers::pi).epsilon(1e-6));
}

TEST_CASE("a newer epoch replaces an id and the snapshot is mixed until all have turned over") {
  Window window(half_turn(10));
  for (std::uint64_t id = 0; id < 20; ++id)
    window.add(plain_entry(id, kStep * static_cast<double>(id)));
  CHECK(window.add(plain_entry(15, kStep * 15, 2)) == Inserted::replaced);
  CHECK(window.add(plain_entry(15, kStep * 15, 1)) == Inserted::duplicate);
  CHECK(window.snapshot()->mixed);
  for (std::uint64_t id = 10; id < 20; ++id)
    window.add(plain_entry(id, kStep * static_cast<double>(id), 2));
  CHECK_FALSE(window.snapshot()->mixed);
  CHECK(window.snapshot()->epoch == 2);
}
