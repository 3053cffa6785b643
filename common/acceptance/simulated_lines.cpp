#include "common/acceptance/simulated_lines.h"

#include <cmath>
#include <functional>

#include "common/phantom/built_in.h"
#include "common/phantom/scan_simulator.h"

namespace slicecast::acceptance {

namespace {

using Frame = std::vector<std::uint16_t>;

using Expose = std::function<Result<void>(std::uint64_t, Frame&)>;

Result<std::vector<double>> mean_of(int count, const Expose& expose, std::size_t pixels) {
  std::vector<double> mean(pixels, 0.0);
  Frame frame(pixels);
  for (int i = 0; i < count; ++i) {
    if (auto ok = expose(static_cast<std::uint64_t>(i), frame); !ok) return ok.error();
    for (std::size_t k = 0; k < pixels; ++k) mean[k] += frame[k] / static_cast<double>(count);
  }
  return mean;
}

}  // namespace

Result<SimulatedLines> simulate_lines(const LinesCase& c) {
  constexpr int kRows = 2;
  geometry::ScanGeometry g;
  g.beam = c.beam;
  g.rows = kRows;
  g.columns = c.columns;
  g.axis_column = (c.columns - 1) / 2.0 + c.offset;
  if (c.beam == geometry::Beam::cone) {
    g.pixel_mm = 2;
    g.source_axis_mm = 1000;
    g.source_detector_mm = 2000;
  }
  phantom::BuiltIn options;
  options.radius_mm = c.radius_mm;
  options.attenuation_per_mm = 1.2 / c.radius_mm;
  options.seed = c.seed;
  phantom::NoiseModel noise;
  noise.dead_pixels = noise.hot_pixels = 0;
  const auto sample = phantom::make_built_in(c.phantom, options);
  if (!sample) return sample.error();
  const auto simulator = phantom::ScanSimulator::create(*sample, g, noise, c.seed);
  if (!simulator) return simulator.error();

  const std::size_t pixels = static_cast<std::size_t>(kRows) * static_cast<std::size_t>(c.columns);
  const auto view = [&](Frame& frame) {
    return ImageView<std::uint16_t>(frame.data(), kRows, c.columns);
  };
  const auto dark = mean_of(
      20, [&](std::uint64_t id, Frame& f) { return simulator->dark(id, view(f)); }, pixels);
  if (!dark) return dark.error();
  const auto flat = mean_of(
      20, [&](std::uint64_t id, Frame& f) { return simulator->flat(id, view(f)); }, pixels);
  if (!flat) return flat.error();

  SimulatedLines out;
  out.angles_rad = c.angles_rad;
  out.axis_column = *g.axis_column;
  out.values.resize(pixels * c.angles_rad.size());
  Frame counts(pixels);
  for (std::size_t i = 0; i < c.angles_rad.size(); ++i) {
    const double time = c.seconds_per_frame * static_cast<double>(i);
    float* lines = out.values.data() + i * pixels;
    if (!c.noise) {
      const auto ok =
          simulator->line_integrals(i, c.angles_rad[i], time, {lines, kRows, c.columns});
      if (!ok) return ok.error();
      continue;
    }
    if (auto ok = simulator->projection(i, c.angles_rad[i], time, view(counts)); !ok)
      return ok.error();
    for (std::size_t k = 0; k < pixels; ++k)
      lines[k] = static_cast<float>(
          -std::log(std::max((counts[k] - (*dark)[k]) / ((*flat)[k] - (*dark)[k]), 1e-6)));
  }
  out.input.lines = out.values;
  out.input.projections = static_cast<int>(c.angles_rad.size());
  out.input.rows = kRows;
  out.input.columns = c.columns;
  out.input.angles_rad = out.angles_rad;
  out.input.geometry = g;
  out.input.geometry.axis_column.reset();
  return out;
}

}  // namespace slicecast::acceptance
