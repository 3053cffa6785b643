#include <cmath>

#include "common/acceptance/figures.h"
#include "common/acceptance/simulated_scan.h"

namespace slicecast::acceptance {
namespace {

using geometry::Pose;

struct ConeScan {
  phantom::Phantom phantom = built_in("ellipsoids", 100);
  Result<offline::FilteredScan> scan = offline::filter_scan(
      simulate(phantom, accuracy_cone(), equal_steps(360, 2 * M_PI)), exact_options());
};

// Four figures share it: filtering takes far longer than a slice.
const ConeScan& cone_scan() {
  static const ConeScan scan;
  return scan;
}

geometry::PointGrid horizontal(double z) {
  return geometry::grid_of(Pose{{-128, -128, z}, {256, 0, 0}, {0, 256, 0}}, 256, 256);
}

geometry::PointGrid tilted(double degrees, double width, int size) {
  const double turn = degrees * M_PI / 180;
  const double c = width * std::cos(turn), s = width * std::sin(turn);
  return geometry::grid_of(Pose{{-width / 2, -c / 2, -s / 2}, {width, 0, 0}, {0, c, s}}, size,
                           size);
}

Result<double> largest_bias(const phantom::Phantom& phantom, const offline::FilteredScan& scan,
                            const geometry::PointGrid& grid, int least_bodies) {
  const auto bias = body_bias(phantom, grid, sampled(scan, grid), 4);
  if (bias.bodies < least_bodies)
    return Error{Errc::not_found, "only " + std::to_string(bias.bodies) +
                                      " bodies lie in the slice; choose another one"};
  return bias.largest;
}

}  // namespace

Result<double> cone_bias(ConeSlice slice) {
  const auto& [phantom, scan] = cone_scan();
  if (!scan) return scan.error();
  switch (slice) {
    case ConeSlice::mid_plane: return largest_bias(phantom, *scan, horizontal(0), 2);
    case ConeSlice::z50: return largest_bias(phantom, *scan, horizontal(50), 2);
    case ConeSlice::z80: return largest_bias(phantom, *scan, horizontal(80), 2);
    case ConeSlice::oblique: return largest_bias(phantom, *scan, tilted(35, 256, 256), 2);
  }
  return Error{Errc::invalid_argument, "no such slice"};
}

Result<double> offset_axis_bias() {
  auto g = accuracy_cone(16);
  g.axis_column = 127.5 + 0.35 * 256;
  const auto phantom = built_in("ellipsoids", 100);
  const auto scan =
      offline::filter_scan(simulate(phantom, g, equal_steps(720, 2 * M_PI)), exact_options());
  if (!scan) return scan.error();
  if (scan->window.coverage != recon::Coverage::offset_axis || scan->field.radius_mm <= 200)
    return Error{Errc::unsupported, "the scan was not taken for one with an offset axis"};
  return largest_bias(phantom, *scan, horizontal(0), 5);
}

Result<double> weak_store_difference() {
  const auto frames =
      simulate(built_in("weak", 100), accuracy_cone(16), equal_steps(360, 2 * M_PI));
  const auto single = offline::filter_scan(frames, exact_options());
  if (!single) return single.error();
  auto options = exact_options();
  options.store = recon::StoreType::half_precision;
  const auto half = offline::filter_scan(frames, options);
  if (!half) return half.error();
  if (half->clipped > 0) return Error{Errc::unsupported, "values were clipped in the half store"};
  const auto truth = sampled(*single, horizontal(0));
  return relative_rmse(sampled(*half, horizontal(0)), std::span<const float>(truth));
}

Result<double> cpu_difference(recon::StoreType store, double degrees) {
  auto g = accuracy_cone(128);
  g.columns = 128;
  const auto frames = simulate(built_in("ellipsoids", 50), g, equal_steps(60, 2 * M_PI));
  auto options = exact_options();
  options.store = store;
  const auto cpu = offline::filter_scan(frames, options);
  if (!cpu) return cpu.error();
  options.backend.name = "reference";
  options.store = recon::StoreType::single_precision;
  const auto reference = offline::filter_scan(frames, options);
  if (!reference) return reference.error();
  const auto grid = tilted(degrees, 110, 110);
  const auto truth = sampled(*reference, grid);
  return relative_rmse(sampled(*cpu, grid), std::span<const float>(truth));
}

}  // namespace slicecast::acceptance
