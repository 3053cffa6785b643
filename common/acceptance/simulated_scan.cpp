#include "common/acceptance/simulated_scan.h"

#include <tbb/parallel_for.h>

#include <cmath>
#include <cstring>

namespace slicecast::acceptance {

phantom::Phantom built_in(const char* name, double radius_mm,
                          std::optional<double> attenuation_per_mm) {
  phantom::BuiltIn options;
  options.radius_mm = radius_mm;
  options.attenuation_per_mm = attenuation_per_mm;
  auto made = phantom::make_built_in(name, options);
  return *made;
}

std::vector<double> equal_steps(int count, double arc) {
  std::vector<double> angles;
  angles.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) angles.push_back(arc * i / count);
  return angles;
}

geometry::ScanGeometry accuracy_cone(int rows) {
  geometry::ScanGeometry g;
  g.beam = geometry::Beam::cone;
  g.rows = rows;
  g.columns = 256;
  g.pixel_mm = 2;
  g.source_axis_mm = 1000;
  g.source_detector_mm = 2000;
  return g;
}

offline::ScanFrames simulate(const phantom::Phantom& phantom,
                             const geometry::ScanGeometry& geometry,
                             std::vector<double> angles_rad) {
  const auto pixels =
      static_cast<std::size_t>(geometry.rows) * static_cast<std::size_t>(geometry.columns);
  auto lines = std::make_shared<std::vector<float>>(pixels * angles_rad.size());
  tbb::parallel_for(std::size_t{0}, angles_rad.size(), [&](std::size_t i) {
    const auto projection = geometry::projection_of(geometry, i, angles_rad[i]);
    phantom::project(phantom, *projection, 0,
                     {lines->data() + i * pixels, geometry.rows, geometry.columns});
  });
  offline::ScanFrames frames;
  frames.geometry = geometry;
  frames.geometry_stored = true;
  frames.pixel_type = PixelType::f32;
  frames.already_linear = true;
  frames.angles_rad = std::move(angles_rad);
  frames.read = [lines, pixels](io::FrameReference frame, std::span<std::byte> out) {
    std::memcpy(out.data(), lines->data() + frame.index * pixels, out.size());
    return Result<void>();
  };
  return frames;
}

offline::Options exact_options() {
  offline::Options options;
  options.store = recon::StoreType::single_precision;
  options.backend.name = "cpu";
  options.pixels.padding = recon::Padding::zero;
  return options;
}

std::vector<float> sampled(const offline::FilteredScan& scan, const geometry::PointGrid& grid) {
  std::vector<float> out(static_cast<std::size_t>(grid.columns) * grid.rows * grid.planes);
  offline::reconstruct(scan, grid, out.data());
  return out;
}

}  // namespace slicecast::acceptance
