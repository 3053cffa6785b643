#include <cmath>
#include <cstdlib>
#include <limits>

#include "tests/unit/backproject/scene.h"

using namespace slicecast;
using namespace slicecast::recon;
using namespace slicecast::recon::scene;

namespace {

const Backend* const kBackends[] = {&cpu(), &reference()};

bool all_zero(const std::vector<float>& values) {
  for (float value : values)
    if (value != 0) return false;
  return true;
}

}  // namespace

TEST_CASE("An unknown backend is refused and the known ones are named") {
  const auto backend = find_backend("vulkan");
  REQUIRE_FALSE(backend);
  CHECK(backend.error().code == Errc::not_found);
  CHECK(backend.error().message.find("auto, cuda, cpu, reference") != std::string::npos);
}

TEST_CASE("Without a module for a card the automatic choice is the vectorised backend") {
  REQUIRE(setenv("SLICECAST_CUDA_MODULE", "/nonexistent/libslicecast_cuda.so", 1) == 0);
  CHECK((*find_backend("auto"))->name() == "cpu");
}

TEST_CASE("An instruction set that is not compiled is refused") {
  CHECK_FALSE(force_simd_target("MMX"));
}

TEST_CASE("Nothing is added by no terms, no rows, weight zero or a term without image") {
  for (const Backend* backend : kBackends) {
    const auto grid = slice(9, 13, 1, {1, 0, 0}, {0, 1, 0});
    CHECK(all_zero(sum(*backend, grid, {})));
    auto some = terms(*backend, beams[1], 2, 20, 30, StoreType::half_precision);
    std::vector<float> out(9 * 13);
    backend->make_backproject()->accumulate(grid, 0, 4, 4, some, {out.data(), 9, 13});
    CHECK(all_zero(out));
    some[0].weight = 0;
    some[1].image = nullptr;
    CHECK(all_zero(sum(*backend, grid, some)));
  }
}

TEST_CASE("Points behind the source or level with it receive nothing, those in front the rest") {
  for (const std::string& target : available_simd_targets()) {
    const OnTarget on(target);
    // The slices reach from far behind the source to far beyond the detector, the second in patches
    // and the third along the axis.
    const double s = std::sqrt(0.5);
    for (const auto& grid :
         {slice(150, 37, 2, {1, 0, 0}, {0, 1, 0}, 1), slice(151, 77, 1.5, {0, s, s}, {0, -s, s}, 1),
          slice(150, 37, 2, {0, 1, 0}, {0, 0, 1}, 1)}) {
      for (StoreType type : {StoreType::half_precision, StoreType::single_precision}) {
        const auto got = sum(cpu(), grid, terms(cpu(), beams[1], 4, 40, 50, type));
        const auto wanted = sum(reference(), grid, terms(reference(), beams[1], 4, 40, 50, type));
        for (float value : got) REQUIRE(std::isfinite(value));
        CHECK(relative_rmse(got, wanted) < 1e-5);
      }
    }
    auto behind = terms(cpu(), beams[1], 1, 40, 50, StoreType::half_precision);
    for (double& m : behind[0].matrix.m) m = -m;
    CHECK(all_zero(sum(cpu(), slice(20, 20, 1, {1, 0, 0}, {0, 1, 0}), behind)));
  }
}

TEST_CASE("A matrix that is not finite adds nothing and reads nothing") {
  for (const std::string& target : available_simd_targets()) {
    const OnTarget on(target);
    for (double bad : {std::numeric_limits<double>::quiet_NaN(),
                       std::numeric_limits<double>::infinity(), 1e300}) {
      for (std::size_t entry : {0u, 4u, 8u, 11u}) {
        auto one = terms(cpu(), beams[2], 1, 12, 15, StoreType::half_precision);
        one[0].matrix.m[entry] = bad;
        for (float value : sum(cpu(), slice(8, 21, 1, {1, 0, 0}, {0, 0.6, 0.8}), one))
          REQUIRE(std::isfinite(value));
      }
    }
  }
}

TEST_CASE("Values that are not finite become 0, too large ones the largest half; both counted") {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::nanf("");
  const std::vector<float> pixels = {1, -inf, nan, 1e6f, -3e5f, 2};
  for (const Backend* backend : kBackends) {
    std::atomic<std::uint64_t> clipped{10};
    const auto half = backend->store({pixels.data(), 2, 3}, StoreType::half_precision, 2, &clipped);
    CHECK(clipped == 14);
    const float wanted[] = {1, 0, 0, 2 * 65504.0f, -2 * 65504.0f, 2};
    for (int i = 0; i < 6; ++i) CHECK(half->value(i / 3, i % 3) == wanted[i]);

    const auto single =
        backend->store({pixels.data(), 2, 3}, StoreType::single_precision, 2, &clipped);
    CHECK(clipped == 16);
    CHECK(single->scale() == 1);
    CHECK(single->value(0, 1) == 0);
    CHECK(single->value(1, 0) == 1e6f);
    CHECK(backend->store({pixels.data(), 2, 3}, StoreType::half_precision, 2, nullptr) != nullptr);

    const std::vector<std::uint16_t> bits = {0x3c00, 0x7c00, 0xfe01, 0xfbff};
    for (StoreType type : {StoreType::half_precision, StoreType::single_precision}) {
      const auto image = backend->store_half({bits.data(), 1, 4}, type, 4);
      const float values[] = {4, 0, 0, -4 * 65504.0f};
      for (int i = 0; i < 4; ++i) CHECK(image->value(0, i) == values[i]);
    }
  }
}
