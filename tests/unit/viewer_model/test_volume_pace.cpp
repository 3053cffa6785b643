#include <algorithm>
#include <catch2/catch.hpp>

#include "viewer/model/volume_pace.h"

using slicecast::viewer::VolumePace;

namespace {

constexpr std::int64_t kPaceMs = 1'000'000, kPaceSecond = 1'000'000'000;

// A card that takes `whole_ms` for a volume at full resolution.
struct Card {
  double whole_ms;
  double draw(VolumePace& pace, std::int64_t now_ns) const {
    const int reduction = pace.reduction(now_ns);
    const double took_ms = whole_ms / (reduction * reduction);
    pace.drawn(reduction, took_ms, now_ns);
    return took_ms;
  }
};

// Images that come `every_ns`; what the volumes took, and how many of them were fine.
struct Stream {
  int drawn = 0, fine = 0;
  double busy_ms = 0;
};
Stream stream(VolumePace& pace, const Card& card, std::int64_t from_ns, std::int64_t for_ns,
              std::int64_t every_ns) {
  Stream seen;
  for (std::int64_t now = from_ns; now < from_ns + for_ns; now += every_ns) {
    pace.changed(now);
    seen.busy_ms += card.draw(pace, now);
    ++seen.drawn;
    if (!pace.coarse()) ++seen.fine;
  }
  return seen;
}

}  // namespace

TEST_CASE("a slow volume is never drawn finely under a hand that moves") {
  const Card card{400};
  VolumePace pace;
  for (std::int64_t now = kPaceSecond; now < 20 * kPaceSecond; now += 50 * kPaceMs) {
    pace.moved(now);
    card.draw(pace, now);
    CHECK(pace.coarse());
    CHECK(pace.fine_due_ns() > now);
  }
}

TEST_CASE("images that stream in leave a slow volume coarse but for a small share of the time") {
  const Card card{400};
  VolumePace pace;
  stream(pace, card, kPaceSecond, 2 * kPaceSecond, 100 * kPaceMs);
  const Stream seen = stream(pace, card, 3 * kPaceSecond, 60 * kPaceSecond, 100 * kPaceMs);
  CHECK(seen.fine >= 3);
  CHECK(seen.fine * card.whole_ms <= 1.1 * VolumePace::kFineShare * 60'000);
  CHECK(seen.busy_ms / seen.drawn < VolumePace::kMost_ms + 20);
}

TEST_CASE("the coarse ones become as coarse as a frame in time needs") {
  const Card card{1200};
  VolumePace pace;
  stream(pace, card, kPaceSecond, kPaceSecond, 100 * kPaceMs);
  pace.changed(2 * kPaceSecond);
  CHECK(card.draw(pace, 2 * kPaceSecond) <= VolumePace::kMost_ms);
}

TEST_CASE("full resolution comes back when nothing has changed for a moment") {
  const Card card{400};
  VolumePace pace;
  pace.changed(kPaceSecond);
  card.draw(pace, kPaceSecond);
  REQUIRE(pace.coarse());
  REQUIRE(pace.fine_due_ns() == kPaceSecond + VolumePace::kStill_ns);
  CHECK(pace.reduction(pace.fine_due_ns() - 1) > 1);
  CHECK(pace.reduction(pace.fine_due_ns()) == 1);
  card.draw(pace, pace.fine_due_ns());
  CHECK_FALSE(pace.coarse());
}

TEST_CASE("a volume that is quick at full resolution is not drawn coarsely for an image") {
  const Card card{4};
  VolumePace pace;
  pace.changed(kPaceSecond);
  card.draw(pace, kPaceSecond);
  card.draw(pace, pace.fine_due_ns());
  const Stream seen = stream(pace, card, 2 * kPaceSecond, kPaceSecond, 20 * kPaceMs);
  CHECK(seen.fine == seen.drawn);
}

TEST_CASE("a fine volume that became slow is not tried again before its time") {
  VolumePace pace;
  const Card quick{4}, slow{200};
  pace.changed(kPaceSecond);
  quick.draw(pace, kPaceSecond + VolumePace::kStill_ns);
  pace.changed(2 * kPaceSecond);
  slow.draw(pace, 2 * kPaceSecond);
  const Stream seen = stream(pace, slow, 2 * kPaceSecond + 50 * kPaceMs, kPaceSecond, 50 * kPaceMs);
  CHECK(seen.fine == 0);
}

TEST_CASE("a volume that is hidden leaves nothing to draw finely") {
  VolumePace pace;
  pace.changed(kPaceSecond);
  Card{400}.draw(pace, kPaceSecond);
  REQUIRE(pace.coarse());
  pace.hidden();
  CHECK_FALSE(pace.coarse());
}
