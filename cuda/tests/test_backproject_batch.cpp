// Several slices, volumes and cards in one call.
#include "cuda/backproject/tables.h"
#include "cuda/tests/card_scene.h"

using namespace slicecast;
using namespace slicecast::cuda::tests;
using namespace slicecast::recon;
using namespace slicecast::recon::scene;

namespace {

std::vector<float> volume_of_slices(const Backend& backend, const geometry::PointGrid& grid,
                                    const std::vector<Term>& terms) {
  const std::size_t plane =
      static_cast<std::size_t>(grid.rows) * static_cast<std::size_t>(grid.columns);
  std::vector<float> out(plane * static_cast<std::size_t>(grid.planes));
  const auto operation = backend.make_backproject();
  for (int p = 0; p < grid.planes; ++p)
    operation->accumulate(
        grid, p, 0, grid.rows, terms,
        {out.data() + static_cast<std::size_t>(p) * plane, grid.rows, grid.columns});
  return out;
}

}  // namespace

TEST_CASE("pieces are cut by planes, and by rows where a plane is too much") {
  Piece piece;
  piece.grid = geometry::volume_grid(10, 20, 7, 1);
  piece.plane_end = 7;
  piece.row_begin = 3;
  piece.row_end = 20;
  const auto covers = [&](std::size_t points, std::size_t parts) {
    const auto cut = cuda::cut({&piece, 1}, points);
    CHECK(cut.size() == parts);
    std::vector<int> times(7 * 20);
    for (const auto& part : cut) {
      CHECK((part.points() <= points || part.row_end - part.row_begin == 1));
      for (int p = part.plane_begin; p < part.plane_end; ++p)
        for (int r = part.row_begin; r < part.row_end; ++r)
          ++times[static_cast<std::size_t>(p * 20 + r)];
    }
    for (int p = 0; p < 7; ++p)
      for (int r = 0; r < 20; ++r)
        CHECK(times[static_cast<std::size_t>(p * 20 + r)] == (r >= 3 ? 1 : 0));
  };
  covers(100000, 1);
  covers(2 * 170, 4);
  covers(60, 7 * 3);
  covers(1, 7 * 17);
  piece.row_end = 3;
  CHECK(cuda::cut({&piece, 1}, 100).empty());
}

TEST_CASE("volumes agree with the definition for every number of planes per thread") {
  geometry::PointGrid upright = geometry::volume_grid(21, 13, 11, 1.3, {0.3, -2, 1});
  geometry::PointGrid turned = upright;
  turned.step_column = {0.8, 0.6, 0.1};
  turned.step_row = {-0.5, 0.7, 0.4};
  turned.step_plane = {0.2, -0.3, 0.9};
  for (const int planes : {1, 2, 4, 8}) {
    CudaKernels kernels;
    kernels.planes_per_thread = planes;
    kernels.sampling = planes == 2   ? Sampling::rows
                       : planes == 4 ? Sampling::quads
                                     : Sampling::gather;
    const auto card = card_backend(kernels);
    for (const Beam& beam : beams) {
      const auto exact = terms(reference(), beam, 3, 29, 40, StoreType::single_precision);
      const auto single = terms(*card, beam, 3, 29, 40, StoreType::single_precision);
      for (const auto& grid : {upright, turned}) {
        CAPTURE(planes, beam.name);
        CHECK(relative_rmse(volume(*card, grid, single),
                            volume_of_slices(reference(), grid, exact)) <= 1e-5);
      }
    }
  }
}

TEST_CASE("a batch of slices of any poses, terms and types equals one after the other") {
  CudaKernels kernels;
  kernels.pieces_per_launch = 3;
  kernels.updates_per_launch = 100'000;  // several launches
  const auto card = card_backend(kernels);
  auto mixed = terms(*card, beams[1], 5, 33, 47, StoreType::half_precision, 0.25F);
  const auto single = terms(*card, beams[2], 3, 21, 30, StoreType::single_precision);
  mixed.insert(mixed.end(), single.begin(), single.end());
  const auto all = planes(23, 41, 1.1);
  std::vector<std::vector<float>> outs;
  std::vector<Piece> pieces;
  for (std::size_t i = 0; i < all.size(); ++i)
    outs.emplace_back(23 * 41, i % 2 == 0 ? 1e9F : 0.5F);  // fresh ones hold anything
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::span<const Term> some(mixed.data() + i % 4, i == 5 ? 0 : mixed.size() - i % 4);
    pieces.push_back({all[i].grid, 0, 1, 0, 23, some, outs[i].data(), i % 2 == 0});
  }
  card->make_backproject()->accumulate_batch(pieces, Urgency::refresh);
  REQUIRE_FALSE(card->failure());
  for (std::size_t i = 0; i < all.size(); ++i) {
    CAPTURE(all[i].name);
    auto alone = sum(*card, all[i].grid, {pieces[i].terms.begin(), pieces[i].terms.end()});
    if (i % 2 == 1)
      for (float& value : alone) value += 0.5F;
    if (i == 5)
      CHECK(outs[i] == alone);
    else
      CHECK(relative_rmse(outs[i], alone) <= 1e-6);
  }
}

TEST_CASE("slabs of a volume add up to the volume") {
  const auto card = card_backend();
  const auto some = terms(*card, beams[0], 4, 31, 33, StoreType::half_precision, 0.25F);
  const auto grid = geometry::volume_grid(19, 17, 12, 1.5);
  const auto whole = volume(*card, grid, some);
  std::vector<float> out(whole.size(), 7.0F);
  std::vector<Piece> slabs;
  for (int p = 0; p < 12; p += 5)
    slabs.push_back({grid, p, std::min(p + 5, 12), 0, 17, some, out.data(), true});
  card->make_backproject()->accumulate_batch(slabs, Urgency::background);
  CHECK(relative_rmse(out, whole) <= 1e-6);
}

TEST_CASE("several cards sum to what one card sums") {
  const int cards = cuda::tests::card().facts().simulated ? 3 : 1;
  const auto one = card_backend(), several = card_backend({}, cards);
  const auto grid = slice(25, 30, 1.2, {1, 0, 0}, {0, 0.6, 0.8});
  for (const int count : {2, 7}) {  // a card without terms, and more than one each
    const auto all = terms(*several, beams[1], count, 33, 47, StoreType::half_precision, 0.25F);
    const auto wanted =
        sum(*one, grid, terms(*one, beams[1], count, 33, 47, StoreType::half_precision, 0.25F));
    CHECK(relative_rmse(sum(*several, grid, all), wanted) <= 1e-6);
    CHECK(relative_rmse(volume(*several, grid, all), wanted) <= 1e-6);
  }
  CHECK_FALSE(several->failure());
}

TEST_CASE("tiles that a caller cuts are no more than one call should hold") {
  const auto card = card_backend();
  const auto operation = card->make_backproject();
  const auto slice_grid = slice(1024, 1024, 0.1, {1, 0, 0}, {0, 1, 0});
  CHECK(operation->tile_rows(slice_grid, 10) == 1024);
  const int rows = operation->tile_rows(slice_grid, 2000);
  CHECK(rows * 1024LL * 2000 <= 200'000'000);
  CHECK(operation->tile_rows(slice(3, 5, 1, {1, 0, 0}, {0, 1, 0}), 100000) == 3);
  const auto grid = geometry::volume_grid(128, 128, 128, 1);
  const int planes = operation->tile_planes(grid, 400);
  CHECK(planes > 1);
  CHECK(planes * 128LL * 128 * 400 <= 200'000'000);
  CHECK(operation->tile_planes(geometry::volume_grid(2048, 2048, 5, 1), 400) == 1);
}
