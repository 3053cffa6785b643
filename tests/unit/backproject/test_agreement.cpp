#include <algorithm>

#include "tests/unit/backproject/scene.h"

using namespace slicecast;
using namespace slicecast::recon;
using namespace slicecast::recon::scene;

namespace {

// White noise is the hardest input: a misplaced sample is a wrong sample.
void check_agreement(int image_rows, int image_columns, int rows, int columns, double step) {
  for (const Beam& beam : beams) {
    const auto exact =
        terms(reference(), beam, 4, image_rows, image_columns, StoreType::single_precision);
    const auto rounded =
        terms(reference(), beam, 4, image_rows, image_columns, StoreType::half_precision, 0.25f);
    for (const Plane& plane : planes(rows, columns, step)) {
      const auto wanted = sum(reference(), plane.grid, exact);
      const auto wanted_rounded = sum(reference(), plane.grid, rounded);
      for (const std::string& target : available_simd_targets()) {
        const OnTarget on(target);
        INFO(target << ", " << beam.name << ", " << plane.name << ", step " << step << " mm, image "
                    << image_rows << "x" << image_columns);
        const auto single =
            terms(cpu(), beam, 4, image_rows, image_columns, StoreType::single_precision);
        CHECK(relative_rmse(sum(cpu(), plane.grid, single), wanted) <= 1e-5);
        const auto half =
            terms(cpu(), beam, 4, image_rows, image_columns, StoreType::half_precision, 0.25f);
        const auto got = sum(cpu(), plane.grid, half);
        // Rounding averages out over a plane; a line or point may happen to sum to little.
        const bool degenerate = plane.name.starts_with("one ") || image_rows * image_columns == 1;
        CHECK((degenerate || relative_rmse(got, wanted) <= 5e-4));
        CHECK(relative_rmse(got, wanted_rounded) <= 1e-5);
      }
    }
  }
}

}  // namespace

TEST_CASE("An instruction set that this machine lacks is named as untested") {
  const auto targets = available_simd_targets();
  CHECK_FALSE(targets.empty());
  for (const auto& [target, name] : {std::pair{"AVX3", "AVX-512"}, {"AVX2", "AVX2"}})
    if (std::ranges::find(targets, target) == targets.end())
      WARN(name << " is not on this machine; not tested");
}

TEST_CASE("Every instruction set agrees with the definition at matching pixels") {
  check_agreement(64, 96, 40, 48, 0.4);
}

TEST_CASE("Every instruction set agrees with the definition on odd sizes") {
  check_agreement(33, 47, 19, 37, 0.9);
}

TEST_CASE("Every instruction set agrees with the definition when zoomed in") {
  check_agreement(64, 96, 21, 50, 0.02);
}

TEST_CASE("Every instruction set agrees with the definition when far too coarse") {
  check_agreement(120, 400, 17, 33, 2.5);
}

TEST_CASE("Every instruction set agrees with the definition on detectors of one row or one pixel") {
  check_agreement(1, 50, 20, 40, 0.5);
  check_agreement(50, 1, 20, 40, 0.5);
  check_agreement(1, 1, 20, 40, 0.1);
}

TEST_CASE("Positions stay precise on a wide detector") {
  check_agreement(9, 9000, 9, 40, 0.05);
}
