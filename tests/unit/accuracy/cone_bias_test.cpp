#include <catch2/catch.hpp>
#include <cmath>

#include "tests/unit/accuracy/measures.h"
#include "tests/unit/accuracy/simulated_scan.h"

using namespace slicecast;
using geometry::Pose;

namespace {

struct ConeScan {
  phantom::Phantom phantom = built_in("ellipsoids", 100);
  offline::ScanFrames frames = simulate(phantom, accuracy_cone(), equal_steps(360, 2 * M_PI));
  offline::FilteredScan scan = filtered(frames, exact_options());
};

const ConeScan& cone_scan() {
  static const ConeScan scan;
  return scan;
}

geometry::PointGrid horizontal(double z) {
  return geometry::grid_of(Pose{{-128, -128, z}, {256, 0, 0}, {0, 256, 0}}, 256, 256);
}

Bias bias_of(const geometry::PointGrid& grid) {
  const auto& cone = cone_scan();
  const auto bias = body_bias(cone.phantom, grid, sampled(cone.scan, grid), 4);
  CAPTURE(bias.bodies, bias.largest, bias.largest_mean_absolute);
  CHECK(bias.bodies >= 2);
  return bias;
}

}  // namespace

TEST_CASE("Angles that do not cover the coverage are refused") {
  const auto frames = simulate(built_in("cylinder", 20), accuracy_cone(1), equal_steps(30, M_PI));
  const auto scan = offline::filter_scan(frames, exact_options());
  REQUIRE_FALSE(scan);
  CHECK(scan.error().code == Errc::invalid_argument);
  auto half = exact_options();
  half.coverage = recon::Coverage::half_turn;
  CHECK_FALSE(offline::filter_scan(frames, half));
}

TEST_CASE("The bias of a cone scan at mid-height is at most 0.5 %") {
  CHECK(bias_of(horizontal(0)).largest <= 0.005);
}

TEST_CASE("The bias of a cone scan 50 voxels up is at most 1 %") {
  CHECK(bias_of(horizontal(50)).largest <= 0.01);
}

TEST_CASE("The bias of a cone scan 80 voxels up is at most 1.5 %") {
  CHECK(bias_of(horizontal(80)).largest <= 0.015);
}

TEST_CASE("The bias of a slice tilted by 35 degrees is at most 0.8 %") {
  const double turn = 35 * M_PI / 180, c = 256 * std::cos(turn), s = 256 * std::sin(turn);
  const auto grid =
      geometry::grid_of(Pose{{-128, -c / 2, -s / 2}, {256, 0, 0}, {0, c, s}}, 256, 256);
  CHECK(bias_of(grid).largest <= 0.008);
}

TEST_CASE("The bias of an offset-axis scan is at most 0.5 %") {
  auto g = accuracy_cone(16);
  g.axis_column = 127.5 + 0.35 * 256;
  const auto phantom = built_in("ellipsoids", 100);
  const auto scan = filtered(simulate(phantom, g, equal_steps(720, 2 * M_PI)), exact_options());
  CHECK(scan.window.coverage == recon::Coverage::offset_axis);
  CHECK(scan.field.radius_mm > 200);
  const auto grid = horizontal(0);
  const auto bias = body_bias(phantom, grid, sampled(scan, grid), 4);
  CHECK(bias.bodies >= 5);
  CHECK(bias.largest <= 0.005);
}

TEST_CASE("A phantom of 1e-4 per mm is the same from a half and a float store") {
  auto frames = simulate(built_in("weak", 100), accuracy_cone(16), equal_steps(360, 2 * M_PI));
  const auto grid = horizontal(0);
  const auto single = sampled(filtered(frames, exact_options()), grid);
  auto options = exact_options();
  options.store = recon::StoreType::half_precision;
  const auto half = filtered(frames, options);
  CHECK(half.clipped == 0);
  const double difference = relative_rmse(sampled(half, grid), single);
  CHECK(difference > 0);
  CHECK(difference <= 5e-4);
}
