#include <catch2/catch.hpp>

#include "tests/unit/accuracy/simulated_scan.h"

using namespace slicecast;

TEST_CASE("A tenth of 360 projections missing changes the bodies of a cone scan by at most 1.5 %") {
  const auto changed = value(acceptance::missing_tenth(geometry::Beam::cone));
  CAPTURE(changed.bodies, changed.slice);
  CHECK(changed.bodies > 0);
  CHECK(changed.bodies <= 0.015);
  // Streaks in the air around, where one degree is wider than a pixel.
  CHECK(changed.slice <= 0.05);
}

TEST_CASE("A tenth of 360 projections missing changes a parallel slice by at most 1.5 %") {
  const auto changed = value(acceptance::missing_tenth(geometry::Beam::parallel));
  CAPTURE(changed.slice);
  CHECK(changed.slice > 0);
  CHECK(changed.slice <= 0.015);
}
