// The Reconstruction Toolkit's acceptance of its own filtered backprojection, in its geometry and
// by its measure: reconstruction cut to the field of view, then compared over the whole volume.
#include <cmath>

#include "common/acceptance/figures.h"
#include "common/acceptance/simulated_scan.h"

namespace slicecast::acceptance {
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

// Turned about x, then about z.
geometry::PointGrid tilted_volume() {
  auto grid = geometry::volume_grid(128, 128, 128, 2);
  const double a = 0.5, b = 0.3;
  grid.step_column = geometry::Vec3{std::cos(b), std::sin(b), 0} * 2.0;
  grid.step_row =
      geometry::Vec3{-std::sin(b) * std::cos(a), std::cos(b) * std::cos(a), std::sin(a)} * 2.0;
  grid.step_plane = cross(grid.step_column, grid.step_row) * 0.5;
  grid.origin = (grid.step_column + grid.step_row + grid.step_plane) * -63.5;
  return grid;
}

}  // namespace

Result<Quality> toolkit(ToolkitCase which) {
  const bool parallel = which == ToolkitCase::parallel, partial = which == ToolkitCase::short_scan;
  const auto g = toolkit_geometry(parallel ? geometry::Beam::parallel : geometry::Beam::cone);
  const double arc = parallel  ? M_PI
                     : partial ? M_PI + 2 * geometry::half_fan_angle(g) + 0.02
                               : 2 * M_PI;
  const auto expected = parallel  ? recon::Coverage::half_turn
                        : partial ? recon::Coverage::short_scan
                                  : recon::Coverage::full_turn;
  const auto grid =
      which == ToolkitCase::tilted ? tilted_volume() : geometry::volume_grid(128, 128, 128, 2);
  const auto phantom = built_in("shepp_logan", 116);
  const auto scan =
      offline::filter_scan(simulate(phantom, g, equal_steps(180, arc)), exact_options());
  if (!scan) return scan.error();
  if (scan->window.coverage != expected)
    return Error{Errc::unsupported, "the angles were taken for another coverage"};
  std::vector<float> truth(static_cast<std::size_t>(grid.columns) * grid.rows * grid.planes);
  phantom::rasterise(phantom, grid, 0, truth.data());
  return quality(sampled(*scan, grid), truth);
}

}  // namespace slicecast::acceptance
