#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include "common/offline/scan_window.h"
#include "common/recon/half_scale.h"
#include "common/recon/processed_field.h"
#include "tests/unit/accuracy/simulated_scan.h"

using namespace slicecast;
using offline::choose_window;
using offline::Extent;
using recon::Coverage;

namespace {

offline::ScanFrames scan_of(const geometry::ScanGeometry& g, std::vector<double> angles) {
  offline::ScanFrames frames;
  frames.geometry = g;
  frames.angles_rad = std::move(angles);
  return frames;
}

geometry::ScanGeometry parallel() {
  geometry::ScanGeometry g;
  g.rows = 16;
  g.columns = 256;
  return g;
}

double sum(const std::vector<double>& v) {
  return std::accumulate(v.begin(), v.end(), 0.0);
}

}  // namespace

TEST_CASE("One projection is no scan") {
  CHECK(choose_window(scan_of(parallel(), {0.5}), {}, Extent::all).error().code ==
        Errc::invalid_argument);
}

TEST_CASE("A store beyond the memory it may use is refused before any frame is filtered") {
  auto options = exact_options();
  options.most_store_bytes = 1 << 20;
  const auto frames =
      simulate(built_in("cylinder", 50), accuracy_cone(64), equal_steps(60, 2 * M_PI));
  const auto scan = offline::filter_scan(frames, options);
  REQUIRE_FALSE(scan);
  CHECK(scan.error().code == Errc::resource_exhausted);
}

TEST_CASE("A frame that cannot be read ends the reconstruction with its error") {
  auto frames = simulate(built_in("cylinder", 50), accuracy_cone(2), equal_steps(60, 2 * M_PI));
  frames.read = [read = frames.read](io::FrameReference frame, std::span<std::byte> out) {
    if (frame.index == 41) return Result<void>(Error{Errc::io, "disk gone"});
    return read(frame, out);
  };
  CHECK(offline::filter_scan(frames, exact_options()).error().message == "disk gone");
}

TEST_CASE("Coverage follows from the angles, the beam and the axis") {
  const auto coverage = [](geometry::ScanGeometry g, double arc) {
    return choose_window(scan_of(g, equal_steps(180, arc)), {}, Extent::all)->coverage;
  };
  auto g = parallel();
  CHECK(coverage(g, M_PI) == Coverage::half_turn);
  CHECK(coverage(g, 2 * M_PI) == Coverage::half_turn);
  g.axis_column = 60;
  CHECK(coverage(g, M_PI) == Coverage::half_turn);
  CHECK(coverage(g, 2 * M_PI) == Coverage::offset_axis);
  g = parallel();
  g.tilt_rad = 0.4;
  CHECK(coverage(g, 2 * M_PI) == Coverage::full_turn);
  g = accuracy_cone(16);
  CHECK(coverage(g, 2 * M_PI) == Coverage::full_turn);
  CHECK(coverage(g, 4.0) == Coverage::short_scan);
  g.axis_column = 220;
  CHECK(coverage(g, 2 * M_PI) == Coverage::offset_axis);
}

TEST_CASE("The newest projections cover one period, each direction once") {
  auto angles = equal_steps(150, 2.5 * M_PI);  // 60 per half turn
  const auto frames = scan_of(parallel(), angles);
  const auto newest = choose_window(frames, {}, Extent::newest);
  REQUIRE(newest);
  CHECK(newest->projections.size() == 60);
  CHECK(newest->projections.front() == 90);
  for (double w : newest->weights_rad) CHECK(w == Approx(M_PI / 60));
  const auto all = choose_window(frames, {}, Extent::all);
  CHECK(all->projections.size() == 150);
  CHECK(sum(all->weights_rad) == Approx(M_PI));

  std::reverse(angles.begin(), angles.end());  // a stage that turns the other way
  CHECK(choose_window(scan_of(parallel(), angles), {}, Extent::newest)->projections.front() == 90);
}

TEST_CASE("A direction that the newest period lacks is taken from the one before") {
  auto angles = equal_steps(150, 2.5 * M_PI);  // 60 per half turn
  angles.erase(angles.begin() + 100);
  const auto newest = choose_window(scan_of(parallel(), angles), {}, Extent::newest);
  REQUIRE(newest);
  CHECK(newest->projections.size() == 60);
  CHECK(newest->projections.front() == 40);
  CHECK(newest->projections[1] == 90);
}

TEST_CASE("The newest window of scattered angles is the last n, each by its gaps") {
  std::vector<double> angles;
  for (int i = 0; i < 150; ++i) angles.push_back(i * M_PI * 0.6180339887498949);
  auto frames = scan_of(parallel(), angles);
  frames.geometry.axis_column = 60;  // off centre, yet nobody turned it by 2 pi for an overlap
  frames.window = {"last_n", "", 55};
  const auto newest = choose_window(frames, {}, Extent::newest);
  REQUIRE(newest);
  CHECK(newest->coverage == Coverage::half_turn);
  CHECK(newest->projections.size() == 55);
  CHECK(newest->projections.front() == 95);
  CHECK(sum(newest->weights_rad) == Approx(M_PI));
  CHECK(newest->weights_rad.front() != Approx(newest->weights_rad[30]));
}

TEST_CASE("The newest alternating window is the last whole group") {
  auto frames = scan_of(parallel(), equal_steps(150, 2.5 * M_PI));
  frames.window = {"alternating", "half_turn", 60};
  const auto newest = choose_window(frames, {}, Extent::newest);
  REQUIRE(newest);
  CHECK(newest->projections.front() == 60);
  CHECK(newest->projections.back() == 119);
  frames.window.group_size = 200;  // broken off
  CHECK(choose_window(frames, {}, Extent::newest)->projections.size() == 150);
}

TEST_CASE("Lost projections do not shift the groups of an alternating window") {
  auto angles = equal_steps(150, 2.5 * M_PI);
  for (const int lost : {100, 70, 61, 30, 5}) angles.erase(angles.begin() + lost);
  auto frames = scan_of(parallel(), angles);
  frames.window = {"alternating", "half_turn", 60};
  const auto newest = choose_window(frames, {}, Extent::newest);
  REQUIRE(newest);
  CHECK(newest->projections.size() == 57);  // 60 to 119 without 61, 70 and 100
  CHECK(frames.angles_rad[newest->projections.front()] == Approx(60 * M_PI / 60));
  CHECK(frames.angles_rad[newest->projections.back()] == Approx(119 * M_PI / 60));
}

TEST_CASE("Ids with gaps tell the groups where angles cannot") {
  std::vector<double> angles;
  std::vector<std::uint64_t> ids;
  for (std::uint64_t id = 0; id < 150; ++id) {
    if (id == 5 || id == 61 || id == 70) continue;
    ids.push_back(id);
    angles.push_back(std::fmod(static_cast<double>(id) * 0.618 * M_PI, M_PI));  // golden
  }
  auto frames = scan_of(parallel(), angles);
  frames.window = {"alternating", "half_turn", 60};
  frames.ids = ids;
  const auto newest = choose_window(frames, {}, Extent::newest);
  REQUIRE(newest);
  CHECK(ids[newest->projections.front()] == 60);
  CHECK(ids[newest->projections.back()] == 119);
  CHECK(newest->projections.size() == 58);
}

TEST_CASE("An arc short of half a turn is marked incomplete and its ends count one step") {
  const auto window =
      choose_window(scan_of(parallel(), equal_steps(40, 2.0)), Coverage::half_turn, Extent::all);
  REQUIRE(window);
  CHECK(window->incomplete);
  CHECK(sum(window->weights_rad) == Approx(2.0));
}

TEST_CASE("A tilted scan weighs less by the cosine of its tilt") {
  auto g = parallel();
  g.tilt_rad = 0.5;
  const auto window = choose_window(scan_of(g, equal_steps(90, 2 * M_PI)), {}, Extent::all);
  CHECK(sum(window->weights_rad) == Approx(2 * M_PI * std::cos(0.5)));
}

TEST_CASE("The scale of the half store brings the largest value into (4, 8]") {
  CHECK(recon::half_scale_for(0) == 1);
  for (float largest : {1e-7F, 3e-4F, 0.125F, 8.0F, 8.01F, 5e5F}) {
    const float scaled = largest / recon::half_scale_for(largest);
    CHECK(scaled > 4);
    CHECK(scaled <= 8);
    int exponent = 0;
    CHECK(std::frexp(recon::half_scale_for(largest), &exponent) == 0.5F);
  }
}

TEST_CASE("The field of view of a region is that of its rows and columns") {
  recon::ProcessDesc desc;
  desc.geometry = parallel();
  desc.parameters.region = {2, 20, 6, 200};
  const auto field = recon::processed_field(desc);
  CHECK(field.radius_mm == Approx(std::min(127.5 - 20, 219 - 127.5)));
  CHECK(field.z_max_mm == Approx(7.5 - 2));
  CHECK(field.z_min_mm == Approx(7.5 - 7));
  desc.geometry = accuracy_cone(16);
  const auto cone = recon::processed_field(desc);
  CHECK(cone.z_max_mm > 0);
  CHECK(cone.radius_mm < recon::processed_field({accuracy_cone(16)}).radius_mm);
}

TEST_CASE("A region of interest and binning leave the slice where it was") {
  auto g = accuracy_cone(32);
  g.axis_column = 131.3;
  const auto frames = simulate(built_in("ellipsoids", 100), g, equal_steps(180, 2 * M_PI));
  const auto grid =
      geometry::grid_of(geometry::Pose{{-80, -80, 0}, {160, 0, 0}, {0, 160, 0}}, 40, 40);
  auto options = exact_options();
  options.pixels.filter = recon::RampFilter::hann;
  options.pixels.filter_cutoff = 0.5;
  const auto whole = sampled(filtered(frames, options), grid);
  options.pixels.region = {8, 14, 16, 236};
  CHECK(relative_rmse(sampled(filtered(frames, options), grid), std::span<const float>(whole)) <
        1e-3);
  options.pixels.binning = 2;
  options.pixels.filter_cutoff = 1;
  CHECK(relative_rmse(sampled(filtered(frames, options), grid), std::span<const float>(whole)) <
        0.05);
}
