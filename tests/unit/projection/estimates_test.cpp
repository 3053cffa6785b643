// Rings and the rotation axis from the raw window.
#include <cmath>
#include <filesystem>
#include <numbers>

#include "services/projection/background.h"
#include "tests/unit/projection/recorder.h"

using namespace slicecast;
using namespace slicecast::projection;
using namespace slicecast::projection::testing;

namespace {

// Two discs off the axis, axis at `column`, in line integrals; `stripe` is added to column 20.
ingest::FrameArrived disc_frame(const ingest::ScanInfo& scan, std::uint64_t id, double column,
                                float stripe) {
  ingest::FrameArrived frame;
  frame.scan_id = scan.scan_id;
  frame.id = id;
  frame.type = PixelType::f32;
  frame.rows = scan.geometry.rows;
  frame.columns = scan.geometry.columns;
  auto pixels = Buffer::allocate(static_cast<std::size_t>(frame.rows) * frame.columns * 4);
  const double theta = scan.geometry.angle_step_rad * static_cast<double>(id);
  for (int r = 0; r < frame.rows; ++r)
    for (int c = 0; c < frame.columns; ++c) {
      double sum = 0;
      const auto disc = [&](double x, double y, double radius, double mu) {
        const double t = c - column - (x * std::cos(theta) + y * std::sin(theta));
        if (std::abs(t) < radius) sum += 2 * mu * std::sqrt(radius * radius - t * t);
      };
      disc(0, 0, 40, 0.01);
      disc(15, 8, 9, 0.03);
      disc(-12, -14, 6, -0.01);
      pixels->as<float>()[r * frame.columns + c] =
          static_cast<float>(sum) + (c == 50 ? stripe : 0.0f);
    }
  frame.pixels = std::move(pixels);
  return frame;
}

ingest::ScanInfo disc_scan() {
  auto scan = small_scan("discs", 90);
  scan.geometry.rows = 6;
  scan.geometry.columns = 128;
  scan.pixel_type = PixelType::f32;
  scan.already_linear = true;
  return scan;
}

}  // namespace

TEST_CASE("no axis is offered before there are projections, and the reason says so") {
  Rig rig;
  AxisWatch watch(rig.pipeline);
  const auto found = watch.look(rig.pipeline.window_view(), true, {});
  REQUIRE_FALSE(found);
  CHECK(found.error().code == Errc::unavailable);
}

TEST_CASE("the axis of a window is found and worth following") {
  Rig rig(2, std::size_t{16} << 20);
  const auto scan = disc_scan();
  rig.start(scan, /*flats=*/false);
  for (std::uint64_t id = 0; id < 90; ++id) rig.send(disc_frame(scan, id, 60.3, 0));
  rig.settle();
  AxisWatch watch(rig.pipeline);
  const auto found = watch.look(rig.pipeline.window_view(), false, {});
  REQUIRE(found);
  REQUIRE(*found);
  CHECK((*found)->offer.column == Approx(60.3).margin(0.15));
  CHECK(worth_following(**found));
  const std::int64_t rests_until = watch.rests_until_ns();
  watch.applied();
  CHECK(watch.rests_until_ns() < rests_until);
  // Not again for the same window.
  const auto again = watch.look(rig.pipeline.window_view(), false, {});
  REQUIRE(again);
  CHECK_FALSE(*again);
}

TEST_CASE("rings of a window are subtracted from the next as one epoch") {
  Rig rig(2, std::size_t{16} << 20);
  const auto scan = disc_scan();
  rig.start(scan, /*flats=*/false);
  for (std::uint64_t id = 0; id < 90; ++id) rig.send(disc_frame(scan, id, 63.5, 0.2f));
  rig.settle();
  REQUIRE(rig.set("rings", true));
  RingWatch watch(rig.pipeline);
  watch.look(rig.pipeline.window_view(), 15, {});
  rig.settle();
  REQUIRE(rig.pipeline.rings());
  const auto profile = *rig.pipeline.rings();
  CHECK(profile[50] == Approx(0.2f * 14 / 15).margin(0.03));
  const auto epoch = rig.pipeline.status().epoch;
  CHECK(rig.link.projections(epoch).size() == 90);
  // The same window once more changes nothing worth an epoch.
  watch.look(rig.pipeline.window_view(), 15, {});
  rig.settle();
  CHECK(rig.pipeline.status().epoch == epoch);
  REQUIRE(rig.set("rings", false));
  rig.settle();
  CHECK(rig.pipeline.status().epoch > epoch);
  CHECK_FALSE(rig.pipeline.rings());
}

TEST_CASE("the background thread follows the axis on request and writes the state") {
  Rig rig(2, std::size_t{16} << 20);
  const auto scan = disc_scan();
  std::string name = (std::filesystem::temp_directory_path() / "projection-bg-XXXXXX").string();
  const std::filesystem::path folder = mkdtemp(name.data());
  config::Settings follow = rig.settings;
  REQUIRE(follow.set("axis_follow", true));
  std::atomic<double> followed{-1};
  {
    metrics::Registry registry("projection", "test");
    service::StateWrites writes(registry);
    Background background(rig.pipeline, {.state_file = folder / "p.state",
                                         .state_writes = &writes,
                                         .settings = [&] { return follow; },
                                         .follow = [&](double column) { followed = column; }});
    rig.start(scan, /*flats=*/false);
    for (std::uint64_t id = 0; id < 90; ++id) rig.send(disc_frame(scan, id, 60.3, 0));
    rig.settle();
    const auto found = background.find_now(std::chrono::seconds(60));
    REQUIRE(found);
    CHECK(found->offer.column == Approx(60.3).margin(0.15));
  }
  CHECK(followed.load() == Approx(60.3).margin(0.5));
  const auto state = read_state(folder / "p.state");
  REQUIRE(state);
  CHECK(state->scan.scan_id() == "discs");
  std::filesystem::remove_all(folder);
}

TEST_CASE("rows for the axis are the fullest of each stretch, and never air") {
  CHECK(fullest_rows({0, 0, 5, 1, 0, 7, 9, 2}, 4) == std::vector<int>{2, 5, 6});
  CHECK(fullest_rows({0, 0, 0}, 4) == std::vector<int>{0, 1, 2});
  CHECK(fullest_rows({1, 2, 3, 4, 5, 6, 7, 8}, 4) == std::vector<int>{1, 3, 5, 7});
}

TEST_CASE("the axis is read where the sample is, not in the middle of the height") {
  Rig rig(2, std::size_t{16} << 20);
  auto scan = disc_scan();
  scan.geometry.rows = 24;
  rig.start(scan, /*flats=*/false);
  for (std::uint64_t id = 0; id < 90; ++id) {
    const auto whole = disc_frame(scan, id, 60.3, 0);
    auto pixels = Buffer::allocate(whole.pixels->size());
    std::copy_n(whole.pixels->as<float>(), 24 * 128, pixels->as<float>());
    std::fill_n(pixels->as<float>() + 3 * 128, 21 * 128, 0.0f);  // a sample of three rows
    auto low = whole;
    low.pixels = std::move(pixels);
    rig.send(low);
  }
  rig.settle();
  AxisWatch watch(rig.pipeline);
  const auto found = watch.look(rig.pipeline.window_view(), false, {});
  REQUIRE(found);
  REQUIRE(*found);
  CHECK((*found)->offer.column == Approx(60.3).margin(0.15));
}

TEST_CASE("a geometry without an axis to search says so with the remedy") {
  Rig rig(2, std::size_t{16} << 20);
  auto scan = disc_scan();
  scan.geometry.tilt_rad = 0.3;
  rig.start(scan, /*flats=*/false);
  for (std::uint64_t id = 0; id < 4; ++id) rig.send(disc_frame(scan, id, 60.3, 0));
  rig.settle();
  AxisWatch watch(rig.pipeline);
  const auto found = watch.look(rig.pipeline.window_view(), true, {});
  REQUIRE_FALSE(found);
  CHECK(found.error().code == Errc::unsupported);
  CHECK(found.error().message.find("not available for this geometry") != std::string::npos);
  CHECK(found.error().message.find("axis_column") != std::string::npos);
}
