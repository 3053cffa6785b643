#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "tests/unit/accuracy/measures.h"
#include "tests/unit/accuracy/simulated_scan.h"

using namespace slicecast;

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

struct Difference {
  double bodies, slice;  // RMSE over RMS where the phantom is, and over the whole slice
};

Difference difference(const geometry::ScanGeometry& g, unsigned seed) {
  const auto phantom = built_in("ellipsoids", 100);
  const auto frames = simulate(phantom, g, equal_steps(360, 2 * M_PI));
  const auto grid =
      geometry::grid_of(geometry::Pose{{-128, -128, 0}, {256, 0, 0}, {0, 256, 0}}, 256, 256);
  const auto whole = sampled(filtered(frames, exact_options()), grid);
  const auto thinned = sampled(filtered(without_a_tenth(frames, seed), exact_options()), grid);
  std::vector<float> truth(whole.size()), body_whole, body_thinned;
  phantom::rasterise(phantom, grid, 0, truth.data());
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (truth[i] <= 0) continue;
    body_whole.push_back(whole[i]);
    body_thinned.push_back(thinned[i]);
  }
  return {relative_rmse(body_thinned, std::span<const float>(body_whole)),
          relative_rmse(thinned, std::span<const float>(whole))};
}

}  // namespace

TEST_CASE("A tenth of 360 projections missing changes the bodies of a cone scan by at most 1.5 %") {
  const auto changed = difference(accuracy_cone(16), 20);
  CAPTURE(changed.bodies, changed.slice);
  CHECK(changed.bodies > 0);
  CHECK(changed.bodies <= 0.015);
  // Streaks in the air around, where one degree is wider than a pixel.
  CHECK(changed.slice <= 0.05);
}

TEST_CASE("A tenth of 360 projections missing changes a parallel slice by at most 1.5 %") {
  auto g = accuracy_cone(16);
  g.beam = geometry::Beam::parallel;
  g.pixel_mm = 1;
  const auto changed = difference(g, 20);
  CAPTURE(changed.slice);
  CHECK(changed.slice > 0);
  CHECK(changed.slice <= 0.015);
}
