#include "services/slice/thinning.h"

#include <cmath>
#include <random>

#include "services/slice/window.h"
#include "stream.h"

using namespace slicecast::slice;
using namespace slicecast::slice::testing;

namespace {

constexpr std::uint64_t kThinnedGroup = 100;

Entry entry_at(std::uint64_t id, std::uint64_t per_half_turn = kThinnedGroup) {
  Entry entry;
  entry.id = id;
  entry.epoch = 1;
  entry.angle_rad = std::numbers::pi * static_cast<double>(id) / static_cast<double>(per_half_turn);
  return entry;
}

void feed(Window& window, std::uint64_t first, std::uint64_t last,
          std::uint64_t per_half_turn = kThinnedGroup) {
  for (std::uint64_t id = first; id < last; ++id) window.add(entry_at(id, per_half_turn));
}

double weight_sum(Window& window) {
  double sum = 0;
  for (const auto& entry : window.snapshot()->entries) sum += entry->weight;
  return sum;
}

// The widest gap of the angles modulo the half turn, in nominal steps.
double widest_gap(Window& window) {
  std::vector<double> at;
  for (const auto& entry : window.snapshot()->entries)
    at.push_back(std::fmod(entry->angle_rad, std::numbers::pi) * kThinnedGroup / std::numbers::pi);
  std::sort(at.begin(), at.end());
  double widest = at.front() + kThinnedGroup - at.back();
  for (std::size_t i = 1; i < at.size(); ++i) widest = std::max(widest, at[i] - at[i - 1]);
  return widest;
}

}  // namespace

TEST_CASE("a limit of nothing still leaves two projections, the newest among them") {
  Window window(half_turn(kThinnedGroup));
  window.set_limit(0);
  feed(window, 0, 500);
  CHECK(window.size() == 2);
  CHECK(window.snapshot()->newest_id >= 400);
}

TEST_CASE("a share of the ids is kept exactly, evenly and the same in every group") {
  for (std::uint64_t group : {1, 2, 7, 60, 100, 181}) {
    for (double share : {1.0, 0.9, 2.0 / 3, 0.5, 0.21, 0.01}) {
      Thinning thinning(group);
      thinning.set_share(share);
      INFO("group " << group << ", share " << share);
      CHECK(thinning.share() <= share + 1e-9);
      CHECK(thinning.keeps(0));
      std::uint64_t kept = 0, last = 0;
      const std::uint64_t ids = 4 * std::max<std::uint64_t>(group, 128);
      const double step = 1 / thinning.share();
      for (std::uint64_t id = 0; id < ids; ++id) {
        CHECK(thinning.count(0, id) == kept);
        if (!thinning.keeps(id)) continue;
        if (id > 0) CHECK(std::abs(static_cast<double>(id - last) - step) < 1);
        last = id;
        ++kept;
        if (share * static_cast<double>(group) >= 1) CHECK(thinning.keeps(id + group));
      }
      CHECK(thinning.count(0, ids) == kept);
    }
  }
}

TEST_CASE("lowering a share always lowers it and ends") {
  for (std::uint64_t group : {std::uint64_t{3}, std::uint64_t{1} << 60}) {
    Thinning thinning(group);
    double before = 1;
    for (int i = 0; i < 20 && thinning.lower(0.7 * before); ++i) {
      CHECK(thinning.share() < before);
      before = thinning.share();
    }
    while (thinning.lower(0)) {
      CHECK(thinning.share() < before);
      before = thinning.share();
    }
    CHECK(before > 0);
  }
}

TEST_CASE("a full window holds its limit to the projection, whatever the limit") {
  for (std::size_t limit : {5, 21, 33, 50, 51, 66, 67, 90, 99}) {
    Window window(half_turn(kThinnedGroup));
    window.set_limit(limit);
    INFO("limit " << limit);
    for (std::uint64_t id = 0; id < 5 * kThinnedGroup; ++id) {
      window.add(entry_at(id));
      CHECK(window.size() <= limit);
      if (id >= limit) CHECK(window.size() + 1 >= limit);
    }
    CHECK(window.snapshot()->newest_id + 100 / limit + 1 >= 5 * kThinnedGroup - 1);
    CHECK(window.snapshot()->oldest_id >= 4 * kThinnedGroup);
    CHECK(widest_gap(window) < 100.0 / static_cast<double>(limit) + 1.001);
    CHECK(weight_sum(window) == Approx(std::numbers::pi).epsilon(1e-6));
    CHECK(window.snapshot()->wide_gap_rad == 0);
  }
}

TEST_CASE("once it has found its share a window does not change its mind") {
  Window window(half_turn(kThinnedGroup));
  window.set_limit(67);
  feed(window, 0, 3 * kThinnedGroup);
  const double share = window.share();
  const std::size_t put_out = window.thinned();
  CHECK(share == Approx(0.67));
  for (std::uint64_t id = 3 * kThinnedGroup; id < 20 * kThinnedGroup; ++id) {
    window.add(entry_at(id));
    CHECK(window.share() == share);
  }
  CHECK(window.thinned() == put_out);
}

TEST_CASE("a limit that falls and rises is followed to at least three quarters within two turns") {
  Window window(half_turn(kThinnedGroup));
  std::uint64_t id = 0;
  for (std::size_t limit : {80, 60, 20, 30, 79, 40, 120, 64}) {
    window.set_limit(limit);
    INFO("limit " << limit);
    CHECK(window.size() <= limit);
    feed(window, id, id + 3 * kThinnedGroup);
    id += 3 * kThinnedGroup;
    const std::size_t whole = std::min<std::size_t>(limit, kThinnedGroup);
    CHECK(window.size() <= whole);
    CHECK(4 * window.size() >= 3 * whole);
    CHECK(weight_sum(window) == Approx(std::numbers::pi).epsilon(1e-6));
  }
}

TEST_CASE(
    "with a wrong number of projections per turn or lost ones the limit is used all the same") {
  for (std::uint64_t real : {60, 97, 103, 250}) {
    Window window(half_turn(kThinnedGroup));
    window.set_limit(40);
    feed(window, 0, 6 * real, real);
    INFO(real << " projections per half turn");
    CHECK(window.size() >= 27);
    CHECK(window.snapshot()->oldest_id >= 4 * real);
  }
  std::mt19937 random(3);
  Window window(half_turn(kThinnedGroup));
  window.set_limit(40);
  for (std::uint64_t id = 0; id < 20 * kThinnedGroup; ++id)
    if (random() % 2 == 0) window.add(entry_at(id));
  CHECK(window.size() >= 27);
}

TEST_CASE("an alternating window is thinned evenly and still replaced whole at each group's end") {
  WindowRules rules = half_turn(kThinnedGroup);
  rules.mode = WindowMode::alternating;
  Window window(rules);
  window.set_limit(60);
  feed(window, 0, 70);
  CHECK(window.snapshot()->filling);
  CHECK(window.size() <= 60);
  for (std::uint64_t group = 1; group < 5; ++group) {
    feed(window, group * kThinnedGroup, (group + 1) * kThinnedGroup);
    CHECK(window.size() <= 60);
    CHECK(window.snapshot()->oldest_id >= group * kThinnedGroup);
    CHECK(window.snapshot()->entries.size() >= 27);
  }
}

TEST_CASE("a last-n window is thinned over the same n ids") {
  WindowRules rules = half_turn(kThinnedGroup);
  rules.mode = WindowMode::last_n;
  Window window(rules);
  window.set_limit(40);
  feed(window, 0, 3 * kThinnedGroup);
  CHECK(window.snapshot()->entries.size() == 40);
  CHECK(window.snapshot()->oldest_id <= 2 * kThinnedGroup + 3);
  CHECK(window.snapshot()->newest_id >= 3 * kThinnedGroup - 3);
}
