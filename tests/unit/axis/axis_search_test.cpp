#include "common/recon/axis_search.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "tests/unit/axis/simulated_lines.h"

using namespace slicecast;
using geometry::Beam;
using recon::axis_from_pair;
using recon::AxisMethod;
using recon::find_axis;
using recon::score_axis;

namespace {

void finds(const LinesCase& c, double tolerance = 0.1) {
  const auto scan = lines_of(c);
  const auto offer = find_axis(scan.input);
  CAPTURE(c.phantom, c.offset, c.noise, c.angles_rad.size(), c.beam == Beam::cone);
  REQUIRE(offer);
  CAPTURE(offer->column - scan.axis_column, offer->uncertainty_px, to_string(offer->method));
  CHECK(std::abs(offer->column - scan.axis_column) <= tolerance);
}

void finds_all(acceptance::AxisAngles angles) {
  for (const auto& c : acceptance::axis_cases(angles)) finds(c);
}

}  // namespace

TEST_CASE("A pair is refused while no two projections are half a turn apart") {
  auto scan = lines_of({.angles_rad = equal_steps(20, 1.0)});
  const auto offer = axis_from_pair(scan.input);
  REQUIRE_FALSE(offer);
  CHECK(offer.error().code == Errc::not_found);
  CHECK_FALSE(find_axis(scan.input));
}

TEST_CASE("Input that contradicts itself is refused with a remedy") {
  auto scan = lines_of({.angles_rad = equal_steps(60, M_PI)});
  auto wrong = scan.input;
  wrong.projections = 59;
  CHECK(find_axis(wrong).error().code == Errc::invalid_argument);
  wrong = scan.input;
  wrong.column_scale = 0;
  CHECK(find_axis(wrong).error().code == Errc::invalid_argument);
  wrong = scan.input;
  scan.angles_rad[3] = std::nan("");
  CHECK(find_axis(wrong).error().code == Errc::invalid_argument);
  scan.angles_rad[3] = 0;
  wrong.geometry.tilt_rad = 0.3;
  CHECK(find_axis(wrong).error().code == Errc::unsupported);
  CHECK(score_axis(scan.input, -7).error().code == Errc::invalid_argument);
}

TEST_CASE("Empty air has no axis") {
  auto scan = lines_of({.angles_rad = equal_steps(60, 2 * M_PI)});
  for (float& value : scan.values) value = 0;
  CHECK(find_axis(scan.input).error().code == Errc::not_found);
}

TEST_CASE("A stop request ends the search") {
  const auto scan = lines_of({.angles_rad = equal_steps(60, M_PI)});
  std::stop_source stop;
  stop.request_stop();
  CHECK(find_axis(scan.input, stop.get_token()).error().code == Errc::cancelled);
  CHECK(score_axis(scan.input, 128, stop.get_token()).error().code == Errc::cancelled);
}

TEST_CASE("The axis of half a turn of parallel beam is found within 0.1 pixels") {
  finds_all(acceptance::AxisAngles::half_turn);
}

TEST_CASE("The axis is found when no pair of angles is exactly opposite") {
  finds_all(acceptance::AxisAngles::tooth);
}

TEST_CASE("The axis of a full turn is found within 0.1 pixels, parallel and cone") {
  finds_all(acceptance::AxisAngles::full_turn);
}

TEST_CASE("An offer of the column in use is no gain, one far from it is") {
  for (double arc : {M_PI, 2 * M_PI}) {
    const auto scan = lines_of({.offset = 7.3, .angles_rad = equal_steps(90, arc), .noise = true});
    const auto offer = find_axis(scan.input);
    REQUIRE(offer);
    const auto gain = [&](double column) {
      const auto share = recon::axis_gain(scan.input, *offer, column);
      REQUIRE(share);
      return *share;
    };
    CHECK(gain(offer->column) == 0);
    CHECK(gain(offer->column + 0.03) == 0);
    CHECK(gain(scan.axis_column) < 0.02);
    CHECK(gain(offer->column + 3) > 0.1);
    CHECK(recon::axis_gain(scan.input, *offer, -3).error().code == Errc::invalid_argument);
  }
}

TEST_CASE("A moving sample with noise keeps the axis within half a pixel") {
  finds({.offset = 11.7,
         .angles_rad = equal_steps(60, M_PI),
         .noise = true,
         .seconds_per_frame = 0.03},
        0.5);
  finds({.beam = Beam::cone,
         .offset = 11.7,
         .angles_rad = equal_steps(120, 2 * M_PI),
         .noise = true,
         .seconds_per_frame = 0.03},
        0.5);
}
