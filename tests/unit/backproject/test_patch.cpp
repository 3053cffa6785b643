#include <cmath>
#include <random>

#include "tests/unit/backproject/scene.h"

using namespace slicecast;
using namespace slicecast::recon;
using namespace slicecast::recon::scene;
using geometry::Vec3;

namespace {

// Of any orientation, its steps at right angles.
geometry::PointGrid random_slice(std::mt19937& random, double step_mm) {
  std::normal_distribution<double> normal;
  std::uniform_int_distribution<int> size(1, 75);
  const auto direction = [&] {
    const Vec3 v{normal(random), normal(random), normal(random)};
    return v * (1 / geometry::norm(v));
  };
  const Vec3 columns = direction();
  const Vec3 across = geometry::cross(columns, direction());
  return slice(size(random), size(random), step_mm, columns, across * (1 / geometry::norm(across)),
               3 * normal(random));
}

}  // namespace

TEST_CASE("Slices of any orientation agree with the definition on every instruction set") {
  std::mt19937 random(23);
  for (const Beam& beam : beams) {
    for (double step : {0.04, 0.45, 0.9, 2.2}) {
      for (int trial = 0; trial < 6; ++trial) {
        const auto grid = random_slice(random, step);
        for (StoreType type : {StoreType::half_precision, StoreType::single_precision}) {
          const auto wanted = sum(reference(), grid, terms(reference(), beam, 4, 63, 85, type));
          for (const std::string& target : available_simd_targets()) {
            const OnTarget on(target);
            INFO(target << ", " << beam.name << ", " << grid.rows << "x" << grid.columns
                        << ", step " << step << ", trial " << trial);
            const auto got = sum(cpu(), grid, terms(cpu(), beam, 4, 63, 85, type));
            // A slice of a few points may happen to sum to little.
            const double least = 0.05;
            CHECK(relative_rmse(got, wanted) * rms(wanted) <= 1e-5 * std::max(rms(wanted), least));
          }
        }
      }
    }
  }
}
