#include <map>
#include <set>

#include "common/metrics/ledger.h"
#include "tests/unit/viewer_model/images.h"
#include "viewer/model/health.h"
#include "viewer/model/loss_texts.h"

using namespace slicecast;
using namespace slicecast::viewer;
using namespace slicecast::viewer::testing;
using Catch::Matchers::Contains;

namespace {

v1::Telemetry telemetry(std::uint64_t late, std::uint64_t superseded = 0) {
  v1::Telemetry told;
  told.set_service("projection");
  auto& ledger = *told.add_ledgers();
  ledger.set_flow("frames");
  ledger.set_received(1000 + late + superseded);
  ledger.set_done(1000);
  for (const auto& [reason, count] :
       std::map<std::string, std::uint64_t>{{"late", late}, {"superseded", superseded}})
    (*ledger.mutable_dropped())[reason] = count;
  const std::string ingest = "slicecast_projection_ingest_mb_per_s";
  (*told.mutable_gauges())[ingest] = 312.4;
  return told;
}

const HealthRow* find(const std::vector<HealthRow>& rows, const std::string& id) {
  for (const HealthRow& row : rows)
    if (row.id == id) return &row;
  return nullptr;
}

}  // namespace

TEST_CASE("without news there is nothing to show and nothing is red") {
  Health health;
  CHECK(health.rows(0).empty());
  CHECK(health.worst(0) == HealthLevel::good);
  AgeStatistics age;
  age.shown(0, 5);  // no acquisition time
  CHECK(age.figures(5).samples == 0);
}

TEST_CASE("every reason of the ledgers has a sentence and a remedy") {
  std::vector<std::string_view> reasons;
  reasons.push_back("missing");
  for (int i = 0; i < metrics::kDropReasons; ++i)
    reasons.push_back(metrics::to_string(static_cast<metrics::Drop>(i)));
  const std::string general(loss_text("no such reason").explanation);
  std::set<std::string> explanations;
  for (const auto& reason : reasons) {
    INFO(reason);
    const LossText text = loss_text(reason);
    CHECK(text.explanation != general);
    CHECK(text.explanation.ends_with('.'));
    CHECK(text.remedy.ends_with('.'));
    explanations.emplace(text.explanation);
  }
  CHECK(explanations.size() == reasons.size());
}

TEST_CASE("a loss that rises is red with its words, and calms down without being forgotten") {
  Health health;
  health.telemetry(telemetry(3), 1 * kSecond);
  const auto old = health.rows(1 * kSecond);
  CHECK(find(old, "loss.projection.frames.late")->level == HealthLevel::watch);
  health.telemetry(telemetry(8), 2 * kSecond);
  const auto rows = health.rows(2 * kSecond);
  const HealthRow* late = find(rows, "loss.projection.frames.late");
  REQUIRE(late);
  CHECK(late->level == HealthLevel::red);
  CHECK(late->value == "8 (+5)");
  CHECK_FALSE(late->explanation.empty());
  CHECK_FALSE(late->remedy.empty());
  CHECK(health.worst(2 * kSecond) == HealthLevel::red);
  health.telemetry(telemetry(8), 20 * kSecond);
  CHECK(find(health.rows(20 * kSecond), "loss.projection.frames.late")->level ==
        HealthLevel::watch);
  health.telemetry(telemetry(0), 21 * kSecond);  // restarted
  CHECK(find(health.rows(21 * kSecond), "loss.projection.frames.late") == nullptr);
  health.keep({});
  CHECK(health.rows(22 * kSecond).empty());
}

TEST_CASE("superseded images are no cause for alarm") {
  Health health;
  health.telemetry(telemetry(0), kSecond);
  health.telemetry(telemetry(0, 500), 2 * kSecond);
  const auto rows = health.rows(2 * kSecond);
  CHECK(find(rows, "loss.projection.frames.superseded")->level == HealthLevel::good);
  CHECK(find(rows, "ingest")->value == "312.4 MB/s");
}

TEST_CASE("an account that does not close is red, telemetry that stops is told") {
  Health health;
  auto told = telemetry(0);
  told.mutable_ledgers(0)->set_done(990);
  health.telemetry(told, kSecond);
  CHECK(find(health.rows(kSecond), "ledger.projection.frames")->level == HealthLevel::red);
  const auto later = health.rows(10 * kSecond);
  CHECK(find(later, "ingest") == nullptr);
  CHECK_THAT(find(later, "silent.projection")->value, Contains("9 s"));
}

TEST_CASE("every row that is not good says why and what to do") {
  Health health;
  v1::SliceImage image;
  image.set_reconstruction_ms(900);
  image.set_filling(true);
  image.set_mixed(true);
  image.set_values_uncertain(true);
  image.set_largest_gap_rad(0.2);
  health.slice_shown(image, kSecond);
  health.overlay_shown("threshold", 700, kSecond);
  health.overlay_refused("threshold", "its image is too short", kSecond);
  health.own_feed("slices", 10, 0, 0, {}, kSecond);
  health.own_feed("slices", 20, 5, 2, "it lies", 2 * kSecond);
  health.frame(10, 6);
  AgeFigures age;
  age.samples = 5;
  age.p99_ms = 2000;
  health.age(age);
  health.telemetry(telemetry(1), kSecond);
  const auto rows = health.rows(2 * kSecond);
  std::set<std::string> ids;
  int red = 0;
  for (const HealthRow& row : rows) {
    INFO(row.id);
    CHECK(ids.insert(row.id).second);
    CHECK_FALSE(row.explanation.empty());
    CHECK(row.remedy.empty() == (row.level == HealthLevel::good));
    red += row.level == HealthLevel::red ? 1 : 0;
  }
  CHECK(red == 8);
}

TEST_CASE("the red row that matters most is told first: wrong images, then losses, then slowness") {
  Health health;
  CHECK(Health::worst_of(health.rows(0)) == nullptr);
  health.frame(19, 40);  // uploads are ten times over, frames just so
  CHECK(Health::worst_of(health.rows(kSecond))->id == "upload");
  health.own_feed("slices", 0, 0, 1, "it lies", kSecond);
  const auto refused = health.rows(kSecond);
  CHECK(Health::worst_of(refused)->id == "loss.viewer.slices.bad_header");
  CHECK_THAT(Health::worst_of(refused)->explanation, Contains("it lies"));
  health.telemetry(telemetry(0), kSecond);
  health.telemetry(telemetry(50), kSecond);
  CHECK(Health::worst_of(health.rows(kSecond))->id == "loss.projection.frames.late");
  v1::SliceImage image;
  image.set_reconstruction_ms(90000);
  image.set_largest_gap_rad(0.2);
  health.slice_shown(image, kSecond);
  const auto all = health.rows(kSecond);
  CHECK(Health::worst_of(all)->id == "gap");
  for (const HealthRow& row : all) {
    INFO(row.id);
    CHECK((row.level != HealthLevel::red || row.severity > 0));
  }
}

TEST_CASE("age is corrected by the clock offset and taken over the last seconds only") {
  AgeStatistics age(10 * kSecond, 1000);
  age.set_clock(5 * kSecond, 3 * kMs, true);  // the server's clock is ahead
  for (int i = 1; i <= 100; ++i) age.shown(1000 * kSecond + 5 * kSecond - i * kMs, 1000 * kSecond);
  auto figures = age.figures(1000 * kSecond);
  CHECK(figures.samples == 100);
  CHECK(figures.p50_ms == Approx(50.5));
  CHECK(figures.p99_ms == Approx(99.01));
  CHECK(figures.error_ms == 3);
  CHECK(figures.offset_known);
  age.shown(1020 * kSecond, 1020 * kSecond);  // 5 s old by the server's clock
  figures = age.figures(1020 * kSecond);
  CHECK(figures.samples == 1);
  CHECK(figures.newest_ms == 5000);
  for (int i = 0; i < 100000; ++i) age.shown(1026 * kSecond, 1020 * kSecond);
  CHECK(age.figures(1020 * kSecond).samples == 1000);
  CHECK(age.figures(1020 * kSecond).p50_ms == 0);  // from the future: the clocks are off
}

TEST_CASE("the age of the last image of a scan that has ended is no fault") {
  Health health;
  AgeStatistics age;
  age.shown(1 * kSecond, 60 * kSecond);
  health.age(age.figures(60 * kSecond));
  CHECK(find(health.rows(0), "age")->level == HealthLevel::red);
  health.scan_ended(true);
  const auto rows = health.rows(0);
  const HealthRow* row = find(rows, "age");
  REQUIRE(row);
  CHECK(row->value == "scan ended");
  CHECK(row->level == HealthLevel::good);
  CHECK_THAT(row->explanation, Contains("last image"));
  health.scan_ended(false);
  CHECK(find(health.rows(0), "age")->level == HealthLevel::red);
}

TEST_CASE("an age goes on growing while nothing newer comes, however long, and turns red") {
  AgeStatistics age;
  Health health;
  CHECK(age_text(age.figures(kSecond)).empty());
  age.set_clock(2 * kSecond, kMs, true);  // the source is ahead
  for (int i = 0; i < 20; ++i) age.shown(102 * kSecond, 100 * kSecond + 50 * kMs);
  auto figures = age.figures(100 * kSecond + 90 * kMs);
  CHECK_FALSE(figures.stopped());
  CHECK(figures.standing_ms == Approx(90));
  CHECK(age_text(figures) == "age 50 / 90 ms (p50 / p99)");
  health.age(figures);
  CHECK(find(health.rows(0), "age")->level == HealthLevel::good);
  for (const int seconds : {5, 30, 3600}) {
    figures = age.figures((100 + seconds) * kSecond);
    CHECK(figures.worst_ms() >= 1000 * seconds);
    CHECK_THAT(age_text(figures), Contains(std::to_string(seconds) + " s, nothing newer"));
    health.age(figures);
    const auto rows = health.rows(0);
    CHECK(find(rows, "age")->level == HealthLevel::red);
    CHECK_THAT(find(rows, "age")->remedy, Contains("Connections"));
    CHECK(Health::worst_of(rows)->id == "age");
  }
  age.clear();  // figures begin anew; what is on the screen stays as old as it is
  CHECK(age.figures(200 * kSecond).stopped());
  health.frozen(true);
  CHECK(find(health.rows(0), "age")->value == "frozen");
  age.forget();
  CHECK_FALSE(age.figures(200 * kSecond).known());
}

TEST_CASE("an image that is old when the viewer comes has an age though it was not seen coming") {
  AgeStatistics age;
  age.stands(0);  // no acquisition time
  CHECK_FALSE(age.figures(900 * kSecond).known());
  age.stands(100 * kSecond);
  age.stands(90 * kSecond);  // of another slice
  const auto figures = age.figures(160 * kSecond);
  CHECK(figures.samples == 0);
  CHECK(figures.known());
  CHECK(age_text(figures) == "age 60 s, nothing newer");
}

TEST_CASE("no frame while a scan runs is red and says where to look; a pause and an end are not") {
  v1::Status status;
  status.set_service("projection");
  (*status.mutable_gauges())[kRateGauge] = 0;
  (*status.mutable_gauges())["slicecast_projection_ingest_mb_per_s"] = 0;
  (*status.mutable_facts())["scan"] = "running";
  Health health;
  const auto level = [&](std::int64_t now) {
    health.status(status, now);
    return find(health.rows(now), "frame_rate")->level;
  };
  CHECK(level(kSecond) == HealthLevel::good);  // between two frames
  CHECK(level(3 * kSecond) == HealthLevel::good);
  CHECK(level(4 * kSecond) == HealthLevel::red);
  const auto rows = health.rows(4 * kSecond);
  CHECK(find(rows, "ingest")->level == HealthLevel::red);
  CHECK_THAT(find(rows, "ingest")->remedy, Contains("source"));
  CHECK(Health::worst_of(rows)->id == "ingest");
  (*status.mutable_gauges())[kRateGauge] = 3;
  CHECK(level(5 * kSecond) == HealthLevel::good);
  (*status.mutable_gauges())[kRateGauge] = 0;
  CHECK(level(6 * kSecond) == HealthLevel::good);
  (*status.mutable_facts())["scan"] = "ended";
  CHECK(level(60 * kSecond) == HealthLevel::good);
}

TEST_CASE(
    "an image that stays behind what the server knows is told; one that is being moved is not") {
  Health health;
  v1::SliceImage image;
  image.set_stale(true);
  health.slice_shown(image, kSecond);
  CHECK(find(health.rows(2 * kSecond), "stale") == nullptr);
  REQUIRE(find(health.rows(4 * kSecond), "stale") != nullptr);
  CHECK(find(health.rows(4 * kSecond), "stale")->level == HealthLevel::watch);
  image.set_stale(false);
  health.slice_shown(image, 5 * kSecond);
  CHECK(find(health.rows(9 * kSecond), "stale") == nullptr);
}
