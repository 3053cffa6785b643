#include "plugins/segmentation/training/gel_scan.h"

#include <cmath>
#include <memory>
#include <numbers>
#include <span>
#include <utility>

#include "common/phantom/built_in.h"
#include "common/phantom/scan_simulator.h"
#include "plugins/segmentation/training/draws.h"

namespace slicecast::training {
namespace {

using std::numbers::pi;

// What slicecast-source simulates unless it is told otherwise; a test holds them together.
constexpr int kRows = 256, kColumns = 320;
constexpr double kPixelMm = 0.5;
constexpr double kFilledFieldOfView = 0.8;
constexpr double kLineIntegralOfDiameter = 2.5;
constexpr std::size_t kCalibrationFrames = 10;
constexpr int kContainerBodies = 2;
constexpr double kLatestStart = 600 / kFrameTimeS;
constexpr std::uint32_t kScanStream = 1, kBubbleStream = 2;

geometry::ScanGeometry scan_geometry() {
  geometry::ScanGeometry g;
  g.rows = kRows;
  g.columns = kColumns;
  g.pixel_mm = kPixelMm;
  g.angle_step_rad = pi / kProjections;
  return g;
}

Result<phantom::Phantom> sample_of(const Variation& v) {
  phantom::BuiltIn options;
  const double usual_radius =
      kFilledFieldOfView * geometry::field_of_view(scan_geometry(), false).radius_mm;
  options.radius_mm = v.radius * usual_radius;
  options.attenuation_per_mm = v.attenuation * (kLineIntegralOfDiameter / (2 * usual_radius));
  options.speed = v.speed;
  options.seed = v.seed;
  auto full = phantom::make_built_in("bubbles", options);
  if (!full) return full.error();
  Draws draws(v.seed, kBubbleStream);
  phantom::Phantom sample;
  const double c = std::cos(v.turn_rad), s = std::sin(v.turn_rad);
  for (std::size_t i = 0; i < full->bodies.size(); ++i) {
    auto body = full->bodies[i];
    if (i >= kContainerBodies) {
      if (draws.between(0, 1) > v.bubbles) continue;
      body.semi_axes = body.semi_axes * v.bubble_size;
      const auto at = body.centre;
      body.centre = {c * at.x - s * at.y, s * at.x + c * at.y, at.z};
    }
    sample.bodies.push_back(body);
  }
  return sample;
}

Result<std::shared_ptr<const phantom::ScanSimulator>> simulator_of(const Variation& v) {
  auto sample = sample_of(v);
  if (!sample) return sample.error();
  phantom::NoiseModel noise;
  noise.incident_counts = v.incident_counts;
  auto simulator =
      phantom::ScanSimulator::create(*std::move(sample), scan_geometry(), noise, v.seed);
  if (!simulator) return simulator.error();
  return std::make_shared<const phantom::ScanSimulator>(*std::move(simulator));
}

double time_of(std::uint64_t projection) {
  return static_cast<double>(projection) * kFrameTimeS;
}

offline::ScanFrames window_of(std::shared_ptr<const phantom::ScanSimulator> simulator,
                              std::uint64_t first) {
  offline::ScanFrames frames;
  frames.geometry = simulator->geometry();
  frames.geometry_stored = true;
  frames.pixel_type = PixelType::u16;
  for (int i = 0; i < kProjections; ++i)
    frames.angles_rad.push_back(pi * static_cast<double>(first + static_cast<std::uint64_t>(i)) /
                                kProjections);
  frames.darks = frames.flats = kCalibrationFrames;
  frames.read = [simulator = std::move(simulator), first, angles = frames.angles_rad](
                    io::FrameReference frame, std::span<std::byte> out) {
    const ImageView<std::uint16_t> raw(reinterpret_cast<std::uint16_t*>(out.data()), kRows,
                                       kColumns);
    if (frame.kind == io::FrameKind::dark) return simulator->dark(frame.index, raw);
    if (frame.kind == io::FrameKind::flat) return simulator->flat(frame.index, raw);
    const auto projection = first + frame.index;
    return simulator->projection(projection, angles[frame.index], time_of(projection), raw);
  };
  return frames;
}

}  // namespace

Variation usual(std::uint64_t seed) {
  Draws draws(seed, kScanStream);
  Variation v;
  v.seed = seed;
  v.first_projection = static_cast<std::uint64_t>(draws.between(0, kLatestStart));
  return v;
}

Variation varied(std::uint64_t seed) {
  Draws draws(seed, kScanStream);
  Variation v;
  v.seed = seed;
  v.first_projection = static_cast<std::uint64_t>(draws.between(0, kLatestStart));
  v.incident_counts = std::exp(draws.between(std::log(8000.0), std::log(40000.0)));
  v.attenuation = draws.between(0.8, 1.2);
  v.radius = draws.between(0.85, 1.1);
  v.speed = draws.between(0, 1.6);
  v.bubble_size = draws.between(0.55, 1.05);
  v.bubbles = draws.between(0.5, 1);
  v.turn_rad = draws.between(0, 2 * pi);
  return v;
}

Result<offline::ScanFrames> frames_of(const Variation& variation) {
  auto simulator = simulator_of(variation);
  if (!simulator) return simulator.error();
  return window_of(*std::move(simulator), variation.first_projection);
}

Result<GelScan> simulate(const Variation& variation) {
  auto simulator = simulator_of(variation);
  if (!simulator) return simulator.error();
  auto filtered =
      offline::filter_scan(window_of(*simulator, variation.first_projection), offline::Options());
  if (!filtered) return filtered.error();
  GelScan scan;
  scan.filtered = *std::move(filtered);
  scan.sample = (*simulator)->phantom();
  scan.middle_s = (time_of(variation.first_projection) +
                   time_of(variation.first_projection + kProjections - 1)) /
                  2;
  return scan;
}

}  // namespace slicecast::training
