#include <cmath>
#include <numbers>
#include <random>

#include "common/recon/cpu/backproject_column.h"
#include "tests/unit/backproject/scene.h"

using namespace slicecast;
using namespace slicecast::recon;
using namespace slicecast::recon::scene;
using geometry::PointGrid;
using geometry::Vec3;

namespace {

bool on_axis(const PointGrid& grid, const geometry::Matrix34& matrix) {
  const auto& m = matrix.m;
  const auto step = [&](Vec3 p) {
    return Homogeneous{m[0] * p.x + m[1] * p.y + m[2] * p.z, m[4] * p.x + m[5] * p.y + m[6] * p.z,
                       m[8] * p.x + m[9] * p.y + m[10] * p.z};
  };
  const Homogeneous first = step(grid.origin) + Homogeneous{m[3], m[7], m[11]};
  return runs_along_axis(first, step(grid.step_column), step(grid.step_row), grid.columns,
                         grid.rows);
}

// A slice of random azimuth, place and size that contains z, upwards or downwards, along its rows
// or its columns.
PointGrid random_upright(std::mt19937& random, double step_mm) {
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::uniform_int_distribution<int> size(1, 83);
  const double azimuth = std::numbers::pi * uniform(random);
  const Vec3 level{std::cos(azimuth), std::sin(azimuth), 0};
  const Vec3 up{0, 0, uniform(random) < 0 ? -1.0 : 1.0};
  const bool rows_up = uniform(random) < 0;
  PointGrid grid = slice(size(random), size(random), step_mm, rows_up ? level : up,
                         rows_up ? up : level, 12 * uniform(random));
  grid.origin = grid.origin + Vec3{0, 0, 25 * uniform(random)};
  return grid;
}

}  // namespace

TEST_CASE("Planes that lean, come near the source or are far too coarse are not columns") {
  const auto upright = slice(40, 40, 0.5, {1, 0, 0}, {0, 0, 1});
  CHECK(on_axis(upright, cone(0.3, 60, 90)));
  CHECK(on_axis(upright, parallel(0.3, 60, 90)));
  CHECK_FALSE(on_axis(upright, arbitrary(0.3, 60, 90)));
  CHECK_FALSE(on_axis(slice(40, 40, 0.5, {1, 0, 0}, {0, 1e-4, 1}), cone(0.3, 60, 90)));
  CHECK_FALSE(on_axis(slice(40, 40, 0.5, {0, 0, 1}, {1, 0, 0}), cone(0.3, 60, 90)));
  CHECK_FALSE(on_axis(slice(40, 40, 4, {0, 1, 0}, {0, 0, 1}), cone(0.1, 60, 90)));
  CHECK_FALSE(on_axis(slice(40, 40, 2, {1, 0, 0}, {0, 0, 1}), parallel(0, 60, 900)));
  geometry::Matrix34 broken = cone(0.3, 60, 90);
  broken.m[5] = NAN;
  CHECK_FALSE(on_axis(upright, broken));
}

TEST_CASE("Slices that contain the axis direction agree with the definition at any azimuth") {
  std::mt19937 random(11);
  for (const Beam& beam : {beams[0], beams[1]}) {
    for (double step : {0.05, 0.31, 0.5, 0.83, 1.4}) {
      for (int trial = 0; trial < 6; ++trial) {
        const PointGrid grid = random_upright(random, step);
        for (StoreType type : {StoreType::half_precision, StoreType::single_precision}) {
          const auto wanted = sum(reference(), grid, terms(reference(), beam, 5, 61, 83, type));
          for (const std::string& target : available_simd_targets()) {
            const OnTarget on(target);
            INFO(target << ", " << beam.name << ", " << grid.rows << "x" << grid.columns
                        << ", step " << step << ", trial " << trial);
            const auto got = sum(cpu(), grid, terms(cpu(), beam, 5, 61, 83, type));
            // A slice of a few points may happen to sum to little.
            const double least = 0.05;
            CHECK(relative_rmse(got, wanted) * rms(wanted) <= 1e-5 * std::max(rms(wanted), least));
          }
        }
      }
    }
  }
}

TEST_CASE("Columns and other kernels add onto the same points") {
  const auto grid = slice(45, 70, 0.5, {0.6, 0.8, 0}, {0, 0, 1}, 1.2);
  for (const std::string& target : available_simd_targets()) {
    const OnTarget on(target);
    const auto of = [&](const Backend& backend) {
      auto all = terms(backend, beams[1], 3, 50, 60, StoreType::half_precision);
      const auto more = terms(backend, beams[2], 3, 50, 60, StoreType::half_precision);
      all.insert(all.end(), more.begin(), more.end());
      return all;
    };
    CHECK(relative_rmse(sum(cpu(), grid, of(cpu())), sum(reference(), grid, of(reference()))) <=
          1e-5);
  }
}
