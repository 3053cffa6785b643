#include <cmath>

#include "tests/unit/backproject/scene.h"

using namespace slicecast;
using namespace slicecast::recon;
using namespace slicecast::recon::scene;

TEST_CASE("Samples fade linearly to zero over one pixel beyond the detector's edge") {
  const std::vector<float> one = {8};
  // u = x, v = y.
  const geometry::Matrix34 identity{{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1}};
  geometry::PointGrid grid;
  grid.origin = {-2, 0.25, 0};
  grid.step_column = {0.25, 0, 0};
  grid.columns = 17;
  grid.rows = 1;
  for (const Backend* backend : {&cpu(), &reference()}) {
    for (StoreType type : {StoreType::half_precision, StoreType::single_precision}) {
      const Term term{backend->store({one.data(), 1, 1}, type, 1, nullptr), identity, 1};
      const auto got = sum(*backend, grid, {term});
      for (int c = 0; c < 17; ++c) {
        const double u = -2 + 0.25 * c;
        CHECK(got[static_cast<std::size_t>(c)] ==
              Approx(8 * std::max(0.0, 1 - std::abs(u)) * 0.75).margin(1e-6));
      }
    }
  }
}

TEST_CASE("The weight of a point falls with the square of its depth") {
  const std::vector<float> flat(100, 1.0f);
  for (double depth : {0.5, 1.0, 3.0}) {
    const geometry::Matrix34 matrix{{0, 0, 0, 4 * depth, 0, 0, 0, 4 * depth, 0, 0, 0, depth}};
    for (const Backend* backend : {&cpu(), &reference()}) {
      const Term term{backend->store({flat.data(), 10, 10}, StoreType::half_precision, 1, nullptr),
                      matrix, 2};
      const auto got = sum(*backend, slice(3, 5, 1, {1, 0, 0}, {0, 1, 0}), {term});
      for (float value : got) CHECK(value == Approx(2 / (depth * depth)).epsilon(1e-6));
    }
  }
}

TEST_CASE("Tiles of any height add up to the plane bit for bit") {
  for (const std::string& target : available_simd_targets()) {
    const OnTarget on(target);
    for (const Beam& beam : beams) {
      const auto of = terms(cpu(), beam, 5, 60, 90, StoreType::half_precision);
      for (const Plane& plane : planes(53, 61, 0.7)) {
        const auto whole = sum(cpu(), plane.grid, of);
        for (int height : {1, 7, 16}) {
          std::vector<float> tiled(whole.size());
          const auto kernel = cpu().make_backproject();
          for (int r = 0; r < 53; r += height)
            kernel->accumulate(plane.grid, 0, r, std::min(53, r + height), of,
                               {tiled.data(), 53, 61});
          INFO(target << ", " << beam.name << ", " << plane.name << ", " << height << " rows");
          CHECK(tiled == whole);
        }
      }
    }
  }
}

TEST_CASE("A term of negative weight takes away what its positive twin added") {
  const auto grid = slice(40, 50, 0.6, {1, 0, 0}, {0, 0.6, 0.8});
  auto of = terms(cpu(), beams[1], 6, 60, 90, StoreType::half_precision);
  const auto twice = of.size();
  for (std::size_t i = 0; i < twice; ++i) {
    of.push_back(of[i]);
    of.back().weight = -of[i].weight;
  }
  const double one = rms(sum(cpu(), grid, {of[0]}));
  REQUIRE(one > 0.1);
  CHECK(rms(sum(cpu(), grid, of)) < 1e-6 * one);
}

TEST_CASE(
    "Sums add onto what the output holds, also through a strided view, and onto no other row") {
  const auto grid = slice(20, 30, 1, {1, 0, 0}, {0, 1, 0}, 0.3);
  const auto of = terms(cpu(), beams[1], 3, 40, 60, StoreType::half_precision);
  const auto plain = sum(cpu(), grid, of);
  std::vector<float> wide(20 * 37, 5.0f);
  cpu().make_backproject()->accumulate(grid, 0, 3, 17, of, {wide.data(), 20, 30, 37});
  for (std::size_t r = 0; r < 20; ++r) {
    for (std::size_t c = 0; c < 37; ++c) {
      const bool inside = r >= 3 && r < 17 && c < 30;
      REQUIRE(wide[r * 37 + c] == (inside ? 5.0f + plain[r * 30 + c] : 5.0f));
    }
  }
}

TEST_CASE("Planes of a volume are the slices at their places") {
  auto volume = slice(18, 22, 1, {1, 0, 0}, {0, 1, 0});
  volume.planes = 5;
  volume.step_plane = {0.1, 0, 1.3};
  const auto of = terms(cpu(), beams[1], 3, 40, 60, StoreType::half_precision);
  std::vector<float> third(18 * 22);
  cpu().make_backproject()->accumulate(volume, 3, 0, 18, of, {third.data(), 18, 22});
  auto same = volume;
  same.origin = volume.origin + 3 * volume.step_plane;
  CHECK(relative_rmse(third, sum(cpu(), same, of)) < 1e-6);
}

TEST_CASE("More terms than are taken together are summed as well") {
  const auto grid = slice(20, 40, 1, {1, 0, 0}, {0, 0.8, 0.6});
  const auto got = sum(cpu(), grid, terms(cpu(), beams[1], 150, 20, 30, StoreType::half_precision));
  const auto wanted =
      sum(reference(), grid, terms(reference(), beams[1], 150, 20, 30, StoreType::half_precision));
  CHECK(relative_rmse(got, wanted) < 1e-5);
}

TEST_CASE("A tile has at least one row and at most the plane's") {
  for (const Backend* backend : {&cpu(), &reference()}) {
    const auto kernel = backend->make_backproject();
    CHECK(kernel->tile_rows(slice(1, 5, 1, {1, 0, 0}, {0, 1, 0}), 1) == 1);
    CHECK(kernel->tile_rows(slice(30, 5, 1, {1, 0, 0}, {0, 1, 0}), 0) == 30);
    CHECK(kernel->tile_rows(slice(4000, 4000, 1, {1, 0, 0}, {0, 1, 0}), 5000) >= 1);
    CHECK(kernel->tile_rows(slice(4000, 4000, 1, {1, 0, 0}, {0, 1, 0}), 5000) <= 16);
  }
}
