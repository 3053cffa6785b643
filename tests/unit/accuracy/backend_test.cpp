#include <catch2/catch.hpp>
#include <cmath>

#include "tests/unit/accuracy/simulated_scan.h"

using namespace slicecast;

namespace {

geometry::PointGrid tilted(double degrees) {
  const double turn = degrees * M_PI / 180, c = 110 * std::cos(turn), s = 110 * std::sin(turn);
  return geometry::grid_of(geometry::Pose{{-55, -c / 2, -s / 2}, {110, 0, 0}, {0, c, s}}, 110, 110);
}

}  // namespace

TEST_CASE("An unknown backend is refused") {
  const auto frames =
      simulate(built_in("cylinder", 10), accuracy_cone(1), equal_steps(8, 2 * M_PI));
  auto options = exact_options();
  options.backend.name = "abacus";
  CHECK(offline::filter_scan(frames, options).error().code == Errc::not_found);
}

TEST_CASE("The cpu backend is the reference within 1e-5 from a float store") {
  for (double degrees : {0.0, 35.0, 90.0})
    CHECK(value(acceptance::cpu_difference(recon::StoreType::single_precision, degrees)) <= 1e-5);
}

TEST_CASE("The cpu backend is the reference within 5e-4 from a half store") {
  for (double degrees : {0.0, 35.0}) {
    const double difference =
        value(acceptance::cpu_difference(recon::StoreType::half_precision, degrees));
    CHECK(difference <= 5e-4);
    CHECK(difference > 1e-7);
  }
}

TEST_CASE("A reconstruction repeats bit for bit") {
  auto frames = simulate(built_in("bubbles", 80), accuracy_cone(32), equal_steps(60, 2 * M_PI));
  auto options = exact_options();
  options.store = recon::StoreType::half_precision;
  options.pixels.ring_correction = true;
  const auto first = sampled(filtered(frames, options), tilted(20));
  CHECK(sampled(filtered(frames, options), tilted(20)) == first);
}
