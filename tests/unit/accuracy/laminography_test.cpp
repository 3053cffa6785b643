#include <catch2/catch.hpp>
#include <cmath>

#include "tests/unit/accuracy/simulated_scan.h"

using namespace slicecast;

TEST_CASE("A tilted scan of a flat sample shows its mid-plane") {
  phantom::Phantom plate;
  phantom::Ellipsoid body;
  body.semi_axes = {60, 60, 9};
  body.attenuation_per_mm = 0.01;
  plate.bodies.push_back(body);
  plate.bodies.push_back(phantom::sphere({25, 10, 0}, 6, 0.01));
  plate.bodies.push_back(phantom::sphere({-20, -25, 0}, 6, -0.01));

  geometry::ScanGeometry g;
  g.rows = 160;
  g.columns = 192;
  g.tilt_rad = 30 * M_PI / 180;
  const auto scan = filtered(simulate(plate, g, equal_steps(240, 2 * M_PI)), exact_options());
  CHECK(scan.window.coverage == recon::Coverage::full_turn);
  const auto grid = geometry::volume_grid(161, 161, 1, 1);
  const auto slice = sampled(scan, grid);
  const auto mean_at = [&](double x, double y, double inner, double outer) {
    double sum = 0;
    int count = 0;
    for (int r = 0; r < grid.rows; ++r)
      for (int c = 0; c < grid.columns; ++c) {
        const auto p = geometry::point_at(grid, 0, r, c);
        const double distance = std::hypot(p.x - x, p.y - y);
        if (distance < inner || distance > outer) continue;
        sum += slice[static_cast<std::size_t>(r * grid.columns + c)];
        ++count;
      }
    return sum / count;
  };
  // A sphere keeps the share of spatial frequencies that the tilt lets through: its cosine. The
  // plate itself lies mostly in the missing cone.
  const double expected = 0.01 * std::cos(g.tilt_rad);
  const double plain = mean_at(-25, 10, 0, 4);
  CHECK(mean_at(25, 10, 0, 3) - plain == Approx(expected).epsilon(0.06));
  CHECK(mean_at(-20, -25, 0, 3) - plain == Approx(-expected).epsilon(0.06));
  // Where and how large: the contrast is gone right outside of the spheres' radius of 6.
  CHECK(std::abs(mean_at(25, 10, 7.5, 9) - plain) < 0.2 * expected);
  CHECK(std::abs(mean_at(-20, -25, 7.5, 9) - plain) < 0.2 * expected);
}
