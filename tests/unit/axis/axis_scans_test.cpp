// Scans beyond the plain half or full turn.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>
#include <random>

#include "common/recon/axis_search.h"
#include "tests/unit/axis/simulated_lines.h"

using namespace slicecast;
using geometry::Beam;
using recon::AxisMethod;
using recon::find_axis;
using recon::score_axis;

namespace {

void found_within(const SimulatedLines& scan, double tolerance, AxisMethod method) {
  const auto offer = find_axis(scan.input);
  REQUIRE(offer);
  CAPTURE(offer->column, scan.axis_column, offer->uncertainty_px);
  CHECK(offer->method == method);
  CHECK(std::abs(offer->column - scan.axis_column) <= tolerance);
}

}  // namespace

TEST_CASE("Measured vectors are left alone") {
  auto scan = lines_of({.angles_rad = equal_steps(60, M_PI)});
  scan.input.geometry.vectors.resize(60);
  CHECK(find_axis(scan.input).error().code == Errc::unsupported);
}

TEST_CASE("The axis of an offset-axis scan is found") {
  for (Beam beam : {Beam::parallel, Beam::cone})
    found_within(lines_of({.phantom = "ellipsoids",
                           .beam = beam,
                           .offset = 0.35 * 256,
                           .radius_mm = 100,
                           .angles_rad = equal_steps(180, 2 * M_PI)}),
                 0.1, AxisMethod::mirror_rays);
}

TEST_CASE("The axis of a cone-beam short scan is found") {
  found_within(lines_of({.phantom = "ellipsoids",
                         .beam = Beam::cone,
                         .offset = -12.3,
                         .angles_rad = equal_steps(200, M_PI + 0.6)}),
               0.15, AxisMethod::slices);
}

TEST_CASE("A sample wider than the beam falls back to the pair and says how uncertain it is") {
  auto scan = lines_of({.offset = 9.4, .radius_mm = 180, .angles_rad = equal_steps(90, M_PI)});
  const auto offer = find_axis(scan.input);
  REQUIRE(offer);
  CHECK(offer->method == AxisMethod::pair);
  CHECK(offer->uncertainty_px >= 0.3);
  CHECK(std::abs(offer->column - scan.axis_column) <= 1);
}

TEST_CASE("The order of the projections and the sense of rotation do not matter") {
  const LinesCase c{.phantom = "ellipsoids",
                    .beam = Beam::cone,
                    .offset = 14.6,
                    .angles_rad = equal_steps(120, 2 * M_PI)};
  const auto plain = lines_of(c);
  const auto expected = find_axis(plain.input);
  REQUIRE(expected);

  auto turned = lines_of(c);
  for (double& angle : turned.angles_rad) angle = -angle;
  turned.input.geometry.rotation_sense = -1;
  CHECK(find_axis(turned.input)->column == Approx(expected->column).margin(0.01));

  auto shuffled = lines_of(c);
  std::vector<std::size_t> order(120);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::mt19937 random(3);
  std::shuffle(order.begin(), order.end(), random);
  const std::size_t frame = shuffled.values.size() / 120;
  for (std::size_t i = 0; i < 120; ++i) {
    shuffled.angles_rad[i] = plain.angles_rad[order[i]];
    std::copy_n(plain.values.begin() + static_cast<std::ptrdiff_t>(order[i] * frame), frame,
                shuffled.values.begin() + static_cast<std::ptrdiff_t>(i * frame));
  }
  CHECK(find_axis(shuffled.input)->column == expected->column);
}

TEST_CASE("Several turns and golden angles are read like one turn") {
  std::vector<double> turns, golden;
  for (int i = 0; i < 300; ++i) turns.push_back(2 * M_PI * i / 60);
  for (int i = 0; i < 120; ++i) golden.push_back(i * M_PI * (3 - std::sqrt(5.0)));
  for (const auto& angles : {turns, golden})
    found_within(lines_of({.phantom = "ellipsoids",
                           .beam = Beam::cone,
                           .offset = 8.2,
                           .angles_rad = angles,
                           .noise = true}),
                 0.1, AxisMethod::mirror_rays);
}

TEST_CASE("A cropped and binned row answers in columns of the whole detector") {
  const auto whole = lines_of({.phantom = "ellipsoids",
                               .columns = 400,
                               .offset = 11.3,
                               .radius_mm = 120,
                               .angles_rad = equal_steps(120, M_PI)});
  constexpr int kFirst = 61, kBinned = 150;
  std::vector<float> binned;
  for (int line = 0; line < 240; ++line)
    for (int c = 0; c < kBinned; ++c) {
      const std::size_t at = static_cast<std::size_t>(line * 400 + kFirst + 2 * c);
      binned.push_back((whole.values[at] + whole.values[at + 1]) / 2);
    }
  auto input = whole.input;
  input.lines = binned;
  input.columns = kBinned;
  input.column_origin = kFirst + 0.5;
  input.column_scale = 2;
  const auto offer = find_axis(input);
  REQUIRE(offer);
  CHECK(std::abs(offer->column - whole.axis_column) <= 0.1);
}

TEST_CASE("The live score is least at the axis and rises as the axis drifts") {
  for (double arc : {M_PI, 2 * M_PI}) {
    const auto scan = lines_of({.offset = -6.2, .angles_rad = equal_steps(90, arc)});
    const auto score = [&](double shift) {
      return score_axis(scan.input, scan.axis_column + shift)->score;
    };
    CHECK(score(0) < score(1));
    CHECK(score(1) < score(3));
    CHECK(score(0) < score(-1));
    CHECK(score(-1) < score(-3));
  }
}

TEST_CASE("The same input gives the same offer, bit for bit") {
  const auto scan = lines_of({.offset = 3, .angles_rad = equal_steps(60, M_PI), .noise = true});
  CHECK(find_axis(scan.input)->column == find_axis(scan.input)->column);
}
