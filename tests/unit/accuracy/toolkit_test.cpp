// The Reconstruction Toolkit's acceptance of its own filtered backprojection, in its geometry and
// by its measure: reconstruction cut to the field of view, then compared over the whole volume.
#include <catch2/catch.hpp>
#include <cmath>

#include "tests/unit/accuracy/measures.h"
#include "tests/unit/accuracy/simulated_scan.h"

using namespace slicecast;

namespace {

geometry::ScanGeometry toolkit_geometry(geometry::Beam beam) {
  geometry::ScanGeometry g;
  g.beam = beam;
  g.rows = g.columns = 128;
  g.pixel_mm = beam == geometry::Beam::cone ? 4 : 2;  // 2 mm at the axis in both
  if (beam == geometry::Beam::cone) {
    g.source_axis_mm = 600;
    g.source_detector_mm = 1200;
  }
  return g;
}

Quality quality_of(const geometry::ScanGeometry& g, double arc, const geometry::PointGrid& grid,
                   recon::Coverage expected) {
  const auto phantom = built_in("shepp_logan", 116);
  const auto scan = filtered(simulate(phantom, g, equal_steps(180, arc)), exact_options());
  CHECK(scan.window.coverage == expected);
  std::vector<float> truth(static_cast<std::size_t>(grid.columns) * grid.rows * grid.planes);
  phantom::rasterise(phantom, grid, 0, truth.data());
  const auto found = quality(sampled(scan, grid), truth);
  return found;
}

}  // namespace

TEST_CASE("The Toolkit's cone-beam acceptance holds") {
  const auto found =
      quality_of(toolkit_geometry(geometry::Beam::cone), 2 * M_PI,
                 geometry::volume_grid(128, 128, 128, 2), recon::Coverage::full_turn);
  CAPTURE(found.error, found.psnr_db);
  CHECK(found.error <= 0.03);
  CHECK(found.psnr_db >= 26);
}

TEST_CASE("The Toolkit's acceptance holds for a tilted volume") {
  auto grid = geometry::volume_grid(128, 128, 128, 2);
  // Turned about x, then about z.
  const double a = 0.5, b = 0.3;
  grid.step_column = geometry::Vec3{std::cos(b), std::sin(b), 0} * 2.0;
  grid.step_row =
      geometry::Vec3{-std::sin(b) * std::cos(a), std::cos(b) * std::cos(a), std::sin(a)} * 2.0;
  grid.step_plane = cross(grid.step_column, grid.step_row) * 0.5;
  grid.origin = (grid.step_column + grid.step_row + grid.step_plane) * -63.5;
  const auto found = quality_of(toolkit_geometry(geometry::Beam::cone), 2 * M_PI, grid,
                                recon::Coverage::full_turn);
  CAPTURE(found.error, found.psnr_db);
  CHECK(found.error <= 0.03);
  CHECK(found.psnr_db >= 26);
}

TEST_CASE("The Toolkit's short-scan acceptance holds") {
  const auto g = toolkit_geometry(geometry::Beam::cone);
  const auto found =
      quality_of(g, M_PI + 2 * geometry::half_fan_angle(g) + 0.02,
                 geometry::volume_grid(128, 128, 128, 2), recon::Coverage::short_scan);
  CAPTURE(found.error, found.psnr_db);
  CHECK(found.error <= 0.09);
  CHECK(found.psnr_db >= 22);
}

TEST_CASE("The Toolkit's parallel-beam acceptance holds") {
  const auto found =
      quality_of(toolkit_geometry(geometry::Beam::parallel), M_PI,
                 geometry::volume_grid(128, 128, 128, 2), recon::Coverage::half_turn);
  CAPTURE(found.error, found.psnr_db);
  CHECK(found.error <= 0.03);
  CHECK(found.psnr_db >= 26);
}
