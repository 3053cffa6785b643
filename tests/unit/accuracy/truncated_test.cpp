#include <catch2/catch.hpp>

#include "tests/unit/accuracy/simulated_scan.h"

using namespace slicecast;

namespace {

double cup(recon::Padding padding) {
  return value(acceptance::truncated_cup(padding));
}

}  // namespace

TEST_CASE("A sample wider than the beam cups by at most 5 % with the edge taper") {
  const double tapered = cup(recon::Padding::edge_taper), zero = cup(recon::Padding::zero);
  CAPTURE(tapered, zero);
  CHECK(tapered <= 0.05);
  CHECK(cup(recon::Padding::automatic) == Approx(tapered));
  CHECK(zero > 0.05);
}
