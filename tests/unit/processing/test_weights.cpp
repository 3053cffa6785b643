// Redundancy and obliquity weights: every ray counts once.
#include "common/recon/weights.h"

#include <cmath>
#include <numbers>

#include "tests/unit/processing/cases.h"

namespace slicecast::recon::test {
namespace {

// Weights of one row, as the processor applies them: a frame of ones, no ramp.
std::vector<float> applied(ProcessDesc desc, double angle) {
  desc.parameters.filter = RampFilter::none;
  const std::vector<double> ones(
      static_cast<std::size_t>(desc.geometry.rows) * desc.geometry.columns, 1.0);
  const auto raw = frame_of(PixelType::f32, ones);
  const Output reference = filtered(*reference_of(desc), raw.data(), angle);
  const Output cpu = filtered(*cpu_of(desc), raw.data(), angle);
  for (std::size_t i = 0; i < cpu.pixels.size(); ++i)
    REQUIRE(cpu.pixels[i] == Approx(reference.pixels[i]).margin(1e-6));
  return reference.pixels;
}

}  // namespace

TEST_CASE("rays outside of the short scan's arc weigh nothing") {
  CHECK(parker_weight(-0.01, 0.1, 0.2) == 0);
  CHECK(parker_weight(std::numbers::pi + 0.41, 0.1, 0.2) == 0);
}

TEST_CASE("Parker weights of a ray and its conjugate sum to 1") {
  const double half_fan = 0.31;
  const double arc = std::numbers::pi + 2 * half_fan;
  for (double gamma = -half_fan; gamma <= half_fan; gamma += 0.02)
    for (double beta = 0.001; beta < arc; beta += 0.013) {
      double sum = parker_weight(beta, gamma, half_fan);
      // The same line as seen half a turn later or earlier.
      for (double conjugate :
           {beta + std::numbers::pi - 2 * gamma, beta - std::numbers::pi - 2 * gamma})
        if (conjugate > 0 && conjugate < arc) sum += parker_weight(conjugate, -gamma, half_fan);
      REQUIRE(sum == Approx(1).margin(1e-9));
    }
}

TEST_CASE("Parker weights are smooth in the angle") {
  const double half_fan = 0.2, step = 1e-4;
  for (double gamma : {-0.19, -0.05, 0.0, 0.13}) {
    double last = parker_weight(0, gamma, half_fan);
    CHECK(last == Approx(0).margin(1e-9));
    for (double beta = step; beta < std::numbers::pi + 2 * half_fan; beta += step) {
      const double now = parker_weight(beta, gamma, half_fan);
      REQUIRE(std::abs(now - last) < 100 * step);
      last = now;
    }
    CHECK(last < 1e-3);
  }
}

TEST_CASE("two sources that see the same line weigh it as one, whichever way the scan turns") {
  for (double sense : {1.0, -1.0}) {
    ProcessDesc desc = linear_desc(cone_scan(1, 61));
    desc.geometry.rotation_sense = sense;
    desc.coverage = Coverage::short_scan;
    desc.arc_start_rad = 0.4;
    desc.geometry.source_axis_mm = 100;
    desc.geometry.source_detector_mm = 200;
    for (double after : {0.01, 0.2, 0.45}) {
      // Column c sees under gamma = atan(u/SDD); its conjugate column lies mirrored.
      for (int column : {20, 30, 47}) {
        const double u = (column - 30) * 2.0, gamma = std::atan(u / 200) * sense;
        const double angle = desc.arc_start_rad + after;
        const double opposite = angle + std::numbers::pi - 2 * gamma;
        const double half_fan = geometry::half_fan_angle(desc.geometry);
        if (opposite > desc.arc_start_rad + std::numbers::pi + 2 * half_fan) continue;
        // The two angles do mean one line: compare with the geometry itself.
        const auto p = geometry::projection_at(desc.geometry, angle);
        const auto q = geometry::projection_at(desc.geometry, opposite);
        const auto pixel = geometry::pixel_position(p, 1, 61, column, 0);
        const auto seen = project(q.matrix, (p.source + pixel) * 0.5);
        REQUIRE(seen.u == Approx(60 - column).margin(1e-6));
        const double cosine = 200 / std::hypot(200.0, u);
        const double sum =
            (applied(desc, angle)[column] + applied(desc, opposite)[60 - column]) / cosine;
        CHECK(sum == Approx(1).margin(1e-5));
      }
    }
  }
}

TEST_CASE("half turns weigh 1 and full turns 1/2") {
  ProcessDesc desc = linear_desc(parallel_scan(1, 9));
  for (float weight : applied(desc, 1)) CHECK(weight == 1);
  desc.coverage = Coverage::full_turn;
  for (float weight : applied(desc, 1)) CHECK(weight == 0.5F);
}

TEST_CASE("cosine weights follow the closed form from the principal point") {
  ProcessDesc desc = linear_desc(cone_scan(9, 14));
  desc.geometry.axis_column = 6;
  desc.geometry.principal_column = 8;
  desc.geometry.principal_row = 2.5;
  const std::vector<float> weights = applied(desc, 0);
  for (int r = 0; r < 9; ++r)
    for (int c = 0; c < 14; ++c) {
      const double u = (c - 8) * 2.0, v = (r - 2.5) * 2.0;
      CHECK(weights[r * 14 + c] ==
            Approx(0.5 * 500 / std::sqrt(500.0 * 500 + u * u + v * v)).epsilon(1e-6));
    }
}

TEST_CASE("cosine weights stay with their rays under binning and region") {
  ProcessDesc desc = linear_desc(cone_scan(12, 20));
  desc.parameters.region = {2, 4, 8, 12};
  desc.parameters.binning = 2;
  const std::vector<float> weights = applied(desc, 0);
  for (int r = 0; r < 4; ++r)
    for (int c = 0; c < 6; ++c) {
      const double u = (4 + 2 * c + 0.5 - 9.5) * 2, v = (2 + 2 * r + 0.5 - 5.5) * 2;
      CHECK(weights[r * 6 + c] ==
            Approx(0.5 * 500 / std::sqrt(500.0 * 500 + u * u + v * v)).epsilon(1e-6));
    }
}

TEST_CASE("measured vectors give the weights of the scan they describe") {
  ProcessDesc nominal = linear_desc(cone_scan(9, 14));
  nominal.geometry.principal_row = 3;
  ProcessDesc measured = nominal;
  measured.geometry.principal_row.reset();
  measured.geometry.source_axis_mm = measured.geometry.source_detector_mm = 0;
  measured.geometry.pixel_mm = 1;
  for (double theta : {0.0, 1.0, 2.0})
    measured.geometry.vectors.push_back(
        geometry::to_astra(geometry::projection_at(nominal.geometry, theta)));
  const auto expected = applied(nominal, 0), found = applied(measured, 0);
  for (std::size_t i = 0; i < found.size(); ++i)
    CHECK(found[i] == Approx(expected[i]).epsilon(1e-6));
  // The ramp's step comes from them as well.
  const auto raw = random_frame(nominal, 1);
  const auto one = filtered(*reference_of(nominal), raw.data());
  const auto other = filtered(*reference_of(measured), raw.data());
  CHECK(relative_error(other.pixels, one.pixels) < 1e-6);
}

TEST_CASE("overlap weights sum to 1 and have no kinks") {
  CHECK(overlap_weight(-1.5) == 0);
  CHECK(overlap_weight(1.5) == 1);
  CHECK(overlap_weight(0) == 0.5);
  const double step = 1e-3;
  for (double s = -1.2; s <= 1.2; s += step) {
    REQUIRE(overlap_weight(s) + overlap_weight(-s) == Approx(1));
    const double bend = overlap_weight(s - step) - 2 * overlap_weight(s) + overlap_weight(s + step);
    REQUIRE(std::abs(bend) < 2 * step * step);  // a kink of slope 0.01 would show
  }
}

TEST_CASE("offset-axis rows are widened about the axis and count opposite rays once") {
  for (const bool cone : {false, true})
    for (const bool mirrored : {false, true}) {
      ProcessDesc desc = linear_desc(cone ? cone_scan(3, 60) : parallel_scan(3, 60));
      desc.coverage = Coverage::offset_axis;
      const double axis = mirrored ? 50 : 9;
      desc.geometry.axis_column = axis;
      const auto layout = *processed_layout(desc);
      CHECK(layout.columns == 101);
      CHECK(layout.shift_u == (mirrored ? 0 : 41));
      CHECK(axis + layout.shift_u == (layout.columns - 1) / 2.0);
      const std::vector<float> weights = applied(desc, 0);
      for (int t = 0; t <= 50; ++t) {
        const double cosine = cone ? 500 / std::hypot(500.0, 2.0 * t, 2.0) : 1;
        CHECK((weights[50 - t] + weights[50 + t]) / cosine == Approx(1).epsilon(1e-5));
        const float outer = mirrored ? weights[50 + t] : weights[50 - t];
        if (t >= 9) CHECK(outer == Approx(0).margin(1e-6));
      }
    }
}

TEST_CASE("an axis between columns is widened by what the longer side needs") {
  ProcessDesc desc = linear_desc(parallel_scan(1, 60));
  desc.coverage = Coverage::offset_axis;
  desc.geometry.axis_column = 9.3;
  const auto layout = *processed_layout(desc);
  const double axis = 9.3 + layout.shift_u;
  CHECK(axis >= layout.columns - 1 - axis);       // 59 - 9.3 = 49.7 on the right
  CHECK(axis < layout.columns - 1 - axis + 1.0);  // and not a column more
}

}  // namespace slicecast::recon::test
