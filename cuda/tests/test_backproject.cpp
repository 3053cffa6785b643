// Backprojection on the card against the definition, on white noise, the hardest input: a misplaced
// sample is a wrong sample.
#include <cmath>
#include <limits>

#include "cuda/tests/card_scene.h"

using namespace slicecast;
using namespace slicecast::cuda::tests;
using namespace slicecast::recon;
using namespace slicecast::recon::scene;

namespace {

struct Sizes {
  int image_rows, image_columns, rows, columns;
  double step;
};

bool degenerate(const Plane& plane, const Sizes& sizes) {
  // Rounding averages out over a plane; a line or point may happen to sum to little.
  return plane.name.starts_with("one ") || sizes.image_rows * sizes.image_columns == 1;
}

void check_agreement(const Backend& card, const CudaKernels& kernels, const Sizes& sizes) {
  const bool filtered = kernels.sampling == Sampling::filtered;
  for (const Beam& beam : beams) {
    const auto make = [&](const Backend& backend, StoreType type, float scale) {
      return terms(backend, beam, 4, sizes.image_rows, sizes.image_columns, type, scale);
    };
    const auto exact = make(reference(), StoreType::single_precision, 1);
    const auto rounded = make(reference(), StoreType::half_precision, 0.25F);
    const auto single = make(card, StoreType::single_precision, 1);
    const auto half = make(card, StoreType::half_precision, 0.25F);
    for (const Plane& plane : planes(sizes.rows, sizes.columns, sizes.step)) {
      INFO(name_of(kernels.sampling)
           << ", " << kernels.points_per_thread << " points, " << beam.name << ", " << plane.name
           << ", step " << sizes.step << " mm, image " << sizes.image_rows << "x"
           << sizes.image_columns);
      const auto wanted = sum(reference(), plane.grid, exact);
      CHECK(relative_rmse(sum(card, plane.grid, single), wanted) <= 1e-5);
      const auto got = sum(card, plane.grid, half);
      const double limit = filtered ? 5e-3 : 5e-4;
      CHECK((degenerate(plane, sizes) || relative_rmse(got, wanted) <= limit));
      if (!filtered) CHECK(relative_rmse(got, sum(reference(), plane.grid, rounded)) <= 1e-5);
    }
  }
  CHECK_FALSE(card.failure());
}

}  // namespace

TEST_CASE("terms that cannot be used add nothing") {
  const auto card = card_backend();
  const auto good = terms(*card, beams[1], 2, 16, 20, StoreType::half_precision);
  auto with_bad = good;
  with_bad.push_back({nullptr, good[0].matrix, 1});
  with_bad.push_back({good[0].image, good[0].matrix, 0});
  with_bad.push_back({good[0].image, good[0].matrix, 1});
  with_bad.back().matrix.m[3] = std::numeric_limits<double>::quiet_NaN();
  with_bad.push_back({good[0].image, {}, 1});  // w = 0 everywhere
  const auto grid = slice(9, 7, 1, {1, 0, 0}, {0, 1, 0});
  CHECK(sum(*card, grid, with_bad) == sum(*card, grid, good));
  CHECK(sum(*card, grid, {}) == std::vector<float>(63));
  CHECK_FALSE(card->failure());
}

TEST_CASE("every instance of the table agrees with the definition") {
  for (const Sampling sampling :
       {Sampling::rows, Sampling::quads, Sampling::gather, Sampling::filtered}) {
    for (const int points : {1, 2, 4, 8}) {
      CudaKernels kernels;
      kernels.sampling = sampling;
      kernels.points_per_thread = points;
      kernels.terms_per_turn = points == 2 ? 3 : 64;  // one and several turns
      check_agreement(*card_backend(kernels), kernels, {33, 47, 19, 37, 0.9});
    }
  }
}

TEST_CASE("blocks and warps of any shape sum the same points") {
  struct Shape {
    int columns, rows, warp;
  };
  for (const Shape& shape : {Shape{32, 1, 32}, Shape{1, 32, 1}, Shape{16, 16, 4}, Shape{4, 8, 4},
                             Shape{64, 4, 16}, Shape{8, 32, 8}}) {
    CudaKernels kernels;
    kernels.block_columns = shape.columns;
    kernels.block_rows = shape.rows;
    kernels.warp_columns = shape.warp;
    kernels.points_per_thread = 2;
    CAPTURE(shape.columns, shape.rows, shape.warp);
    check_agreement(*card_backend(kernels), kernels, {16, 21, 13, 35, 1.4});
  }
}

TEST_CASE("the card agrees with the definition zoomed in, too coarse and on tiny detectors") {
  const CudaKernels kernels;
  const auto card = card_backend(kernels);
  check_agreement(*card, kernels, {64, 96, 21, 50, 0.02});
  check_agreement(*card, kernels, {120, 400, 17, 33, 2.5});
  check_agreement(*card, kernels, {1, 50, 20, 40, 0.5});
  check_agreement(*card, kernels, {50, 1, 20, 40, 0.5});
  check_agreement(*card, kernels, {1, 1, 20, 40, 0.1});
}

TEST_CASE("positions stay precise on a wide detector") {
  for (const Sampling sampling : {Sampling::rows, Sampling::gather}) {
    CudaKernels kernels;
    kernels.sampling = sampling;
    check_agreement(*card_backend(kernels), kernels, {9, 9000, 9, 40, 0.05});
  }
}

TEST_CASE("points beside and behind the source receive what the definition says") {
  const auto card = card_backend();
  // Slices that reach 150 mm from the axis; the source is 66 mm from it.
  for (const Beam& beam : {beams[1], beams[2]}) {
    const auto wanted_terms = terms(reference(), beam, 3, 40, 60, StoreType::single_precision);
    const auto card_terms = terms(*card, beam, 3, 40, 60, StoreType::single_precision);
    for (const Plane& plane : planes(43, 51, 6)) {
      CAPTURE(beam.name, plane.name);
      const auto wanted = sum(reference(), plane.grid, wanted_terms);
      const auto got = sum(*card, plane.grid, card_terms);
      CHECK(relative_rmse(got, wanted) <= 1e-5);
    }
  }
}

TEST_CASE("what is subtracted under its own matrix and weight leaves what was never added") {
  const auto card = card_backend();
  const auto all = terms(*card, beams[2], 6, 33, 47, StoreType::half_precision, 0.25F);
  const auto grid = slice(29, 31, 0.8, {0.36, 0.48, 0.8}, {-0.8, 0.6, 0});
  std::vector<Term> kept(all.begin(), all.begin() + 4), difference;
  for (std::size_t i = 4; i < 6; ++i) {
    difference.push_back(all[i]);
    difference.back().weight = -all[i].weight;
  }
  auto sums = sum(*card, grid, all);
  card->make_backproject()->accumulate(grid, 0, 0, grid.rows, difference,
                                       {sums.data(), grid.rows, grid.columns});
  CHECK(relative_rmse(sums, sum(*card, grid, kept)) <= 1e-6);
}

TEST_CASE("a tile touches its own rows only, whatever lies between them") {
  const auto card = card_backend();
  const auto all = terms(*card, beams[1], 3, 33, 47, StoreType::single_precision);
  const auto grid = slice(21, 18, 1, {1, 0, 0}, {0, 0, 1});
  const auto whole = sum(*card, grid, all);
  std::vector<float> out(21 * 25, 2.0F);
  card->make_backproject()->accumulate(grid, 0, 5, 12, all, {out.data(), 21, 18, 25});
  for (int r = 0; r < 21; ++r) {
    for (int c = 0; c < 25; ++c) {
      CAPTURE(r, c);
      const float got = out[static_cast<std::size_t>(r * 25 + c)];
      if (r >= 5 && r < 12 && c < 18)
        CHECK(got - 2 == Approx(whole[static_cast<std::size_t>(r * 18 + c)]).margin(1e-5));
      else
        CHECK(got == 2);
    }
  }
}
