// What is lost when not everything was seen: projections that are missing, a sample that is wider
// than the beam.
#include <algorithm>
#include <cmath>
#include <random>

#include "common/acceptance/figures.h"
#include "common/acceptance/simulated_scan.h"

namespace slicecast::acceptance {
namespace {

offline::ScanFrames without_a_tenth(const offline::ScanFrames& frames, unsigned seed) {
  auto kept = std::make_shared<std::vector<std::uint32_t>>(frames.projections());
  for (std::size_t i = 0; i < kept->size(); ++i) (*kept)[i] = static_cast<std::uint32_t>(i);
  std::mt19937 random(seed);
  std::shuffle(kept->begin(), kept->end(), random);
  kept->resize(frames.projections() * 9 / 10);
  std::sort(kept->begin(), kept->end());

  auto thinned = frames;
  thinned.angles_rad.clear();
  for (auto i : *kept) thinned.angles_rad.push_back(frames.angles_rad[i]);
  thinned.read = [kept, read = frames.read](io::FrameReference frame, std::span<std::byte> out) {
    frame.index = (*kept)[frame.index];
    return read(frame, out);
  };
  return thinned;
}

}  // namespace

Result<MissingDifference> missing_tenth(geometry::Beam beam) {
  auto g = accuracy_cone(16);
  if (beam == geometry::Beam::parallel) {
    g.beam = beam;
    g.pixel_mm = 1;
  }
  const auto phantom = built_in("ellipsoids", 100);
  const auto frames = simulate(phantom, g, equal_steps(360, 2 * M_PI));
  const auto grid =
      geometry::grid_of(geometry::Pose{{-128, -128, 0}, {256, 0, 0}, {0, 256, 0}}, 256, 256);
  const auto all = offline::filter_scan(frames, exact_options());
  if (!all) return all.error();
  const auto most = offline::filter_scan(without_a_tenth(frames, 20), exact_options());
  if (!most) return most.error();
  const auto whole = sampled(*all, grid), thinned = sampled(*most, grid);
  std::vector<float> truth(whole.size()), body_whole, body_thinned;
  phantom::rasterise(phantom, grid, 0, truth.data());
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (truth[i] <= 0) continue;
    body_whole.push_back(whole[i]);
    body_thinned.push_back(thinned[i]);
  }
  return MissingDifference{relative_rmse(body_thinned, std::span<const float>(body_whole)),
                           relative_rmse(thinned, std::span<const float>(whole))};
}

Result<double> truncated_cup(recon::Padding padding) {
  geometry::ScanGeometry g;
  g.rows = 1;
  g.columns = 121;
  constexpr double kTruth = 0.01, kRadius = 60;
  auto options = exact_options();
  options.pixels.padding = padding;
  const auto scan = offline::filter_scan(
      simulate(built_in("cylinder", 100, kTruth), g, equal_steps(180, M_PI)), options);
  if (!scan) return scan.error();
  if (std::abs(scan->field.radius_mm - kRadius) > 1e-6)
    return Error{Errc::unsupported, "the field of view is not 60 px"};
  const auto grid = geometry::volume_grid(121, 121, 1, 1);
  const auto slice = sampled(*scan, grid);
  const double middle = ring_mean(slice, grid, 0, 0.2 * kRadius);
  const double outer = ring_mean(slice, grid, 0.7 * kRadius, 0.8 * kRadius);
  return std::abs(middle - outer) / kTruth;
}

}  // namespace slicecast::acceptance
