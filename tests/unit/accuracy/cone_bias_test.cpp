#include <catch2/catch.hpp>
#include <cmath>

#include "tests/unit/accuracy/simulated_scan.h"

using namespace slicecast;
using acceptance::cone_bias;
using acceptance::ConeSlice;

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
  CHECK(value(cone_bias(ConeSlice::mid_plane)) <= 0.005);
}

TEST_CASE("The bias of a cone scan 50 voxels up is at most 1 %") {
  CHECK(value(cone_bias(ConeSlice::z50)) <= 0.01);
}

TEST_CASE("The bias of a cone scan 80 voxels up is at most 1.5 %") {
  CHECK(value(cone_bias(ConeSlice::z80)) <= 0.015);
}

TEST_CASE("The bias of a slice tilted by 35 degrees is at most 0.8 %") {
  CHECK(value(cone_bias(ConeSlice::oblique)) <= 0.008);
}

TEST_CASE("The bias of an offset-axis scan is at most 0.5 %") {
  CHECK(value(acceptance::offset_axis_bias()) <= 0.005);
}

TEST_CASE("A phantom of 1e-4 per mm is the same from a half and a float store") {
  const double difference = value(acceptance::weak_store_difference());
  CHECK(difference > 0);
  CHECK(difference <= 5e-4);
}
