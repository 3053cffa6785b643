#include <catch2/catch.hpp>
#include <cmath>

#include "tests/unit/accuracy/measures.h"
#include "tests/unit/accuracy/simulated_scan.h"

using namespace slicecast;

namespace {

// |mean(r < 0.2 R) - mean(0.7 R < r < 0.8 R)| over the truth, for a cylinder of radius 100 px of
// which 60 are in view.
double cup(recon::Padding padding) {
  geometry::ScanGeometry g;
  g.rows = 1;
  g.columns = 121;
  constexpr double kTruth = 0.01, kRadius = 60;
  auto options = exact_options();
  options.pixels.padding = padding;
  const auto scan =
      filtered(simulate(built_in("cylinder", 100, kTruth), g, equal_steps(180, M_PI)), options);
  CHECK(scan.field.radius_mm == Approx(kRadius));
  const auto grid = geometry::volume_grid(121, 121, 1, 1);
  const auto slice = sampled(scan, grid);
  const double middle = ring_mean(slice, grid, 0, 0.2 * kRadius);
  const double outer = ring_mean(slice, grid, 0.7 * kRadius, 0.8 * kRadius);
  return std::abs(middle - outer) / kTruth;
}

}  // namespace

TEST_CASE("A sample wider than the beam cups by at most 5 % with the edge taper") {
  const double tapered = cup(recon::Padding::edge_taper), zero = cup(recon::Padding::zero);
  CAPTURE(tapered, zero);
  CHECK(tapered <= 0.05);
  CHECK(cup(recon::Padding::automatic) == Approx(tapered));
  CHECK(zero > 0.05);
}
