#include <cmath>
#include <cstring>

#include "common/base/pixel_type.h"
#include "common/recon/convert.h"
#include "tests/unit/backproject/scene.h"

using namespace slicecast;
using namespace slicecast::recon;
using namespace slicecast::recon::scene;

TEST_CASE("All 65536 halves convert to singles and back as the scalar conversion does") {
  std::vector<std::uint16_t> halves(65536 + 5), back(halves.size());
  for (std::size_t i = 0; i < halves.size(); ++i) halves[i] = static_cast<std::uint16_t>(i);
  std::vector<float> singles(halves.size());
  for (const std::string& target : available_simd_targets()) {
    const OnTarget on(target);
    floats_from_halves(halves, 2.0f, singles);
    CHECK(halves_from_floats(singles, 0.5f, back) == 0);
    for (std::size_t i = 0; i < halves.size(); ++i) {
      const bool finite = (halves[i] & 0x7c00u) != 0x7c00u;
      INFO(target << " half " << i);
      REQUIRE(singles[i] == (finite ? 2 * float_from_half(halves[i]) : 0.0f));
      REQUIRE(back[i] == (finite ? halves[i] : 0));
    }
  }
}

TEST_CASE("Singles round to the nearest half, ties to even, on every instruction set") {
  std::vector<float> singles = {
      0.1f,  -0.1f,  65504,       65519.9f,    65520, -65536, 1e-8f,    2.9e-8f,    3e-8f, 6.1e-5f,
      1e30f, -1e30f, 1.00048828f, 1.00146484f, 2049,  2051,   0x1p-25f, 0x1.8p-24f, -0.0f};
  const auto more = noise(1000, 3);
  for (float value : more) singles.push_back(value * 1e-3f);
  std::vector<std::uint16_t> halves(singles.size());
  for (const std::string& target : available_simd_targets()) {
    const OnTarget on(target);
    CHECK(halves_from_floats(singles, 1.0f, halves) == 5);
    for (std::size_t i = 0; i < singles.size(); ++i) {
      INFO(target << " " << singles[i]);
      const float limited =
          std::abs(singles[i]) <= 65504 ? singles[i] : std::copysign(65504.0f, singles[i]);
      REQUIRE(halves[i] == half_from_float(limited));
    }
  }
}

TEST_CASE("Storing singles and storing their half bits give the same image") {
  const int rows = 13, columns = 37;
  const float scale = 0x1p-5f;
  const auto pixels = noise(rows * columns, 5);
  std::vector<std::uint16_t> bits(pixels.size());
  for (std::size_t i = 0; i < bits.size(); ++i) bits[i] = half_from_float(pixels[i] / scale);
  for (const Backend* backend : {&cpu(), &reference()}) {
    const auto a =
        backend->store({pixels.data(), rows, columns}, StoreType::half_precision, scale, nullptr);
    const auto b =
        backend->store_half({bits.data(), rows, columns}, StoreType::half_precision, scale);
    const auto c =
        backend->store_half({bits.data(), rows, columns}, StoreType::single_precision, scale);
    CHECK(a->scale() == scale);
    CHECK(c->scale() == 1);
    for (int r = 0; r < rows; ++r) {
      for (int col = 0; col < columns; ++col) {
        const auto i = static_cast<std::size_t>(r * columns + col);
        REQUIRE(a->value(r, col) == float_from_half(bits[i]) * scale);
        REQUIRE(b->value(r, col) == a->value(r, col));
        REQUIRE(c->value(r, col) == a->value(r, col));
      }
    }
  }
}

TEST_CASE("A power-of-two scale keeps small values out of the subnormals and changes no sum") {
  const auto grid = slice(20, 33, 1, {1, 0, 0}, {0, 0.6, 0.8});
  auto pixels = noise(40 * 60, 8);
  for (float& value : pixels) value *= 1e-6f;
  const auto with = [&](StoreType type, float scale) {
    return sum(
        cpu(), grid,
        {{cpu().store({pixels.data(), 40, 60}, type, scale, nullptr), cone(0.3, 40, 60), 1}});
  };
  const auto exact = with(StoreType::single_precision, 1);
  CHECK(relative_rmse(with(StoreType::half_precision, 0x1p-20f), exact) < 5e-4);
  CHECK(relative_rmse(with(StoreType::half_precision, 1), exact) > 1e-3);
  CHECK(with(StoreType::half_precision, 0x1p-20f) == with(StoreType::half_precision, 0x1p-24f));
}

TEST_CASE("Stored images state at least their pixels and at most a margin more") {
  const std::vector<float> pixels(647 * 768);
  for (StoreType type : {StoreType::half_precision, StoreType::single_precision}) {
    const std::size_t net = pixels.size() * (type == StoreType::half_precision ? 2 : 4);
    const auto image = cpu().store({pixels.data(), 647, 768}, type, 1, nullptr);
    CHECK(image->bytes() >= net);
    CHECK(image->bytes() <= net + net / 8);
    CHECK(reference().store({pixels.data(), 647, 768}, type, 1, nullptr)->bytes() >= net);
  }
}

TEST_CASE("Halving averages two by two, and what there is at odd ends") {
  for (StoreType type : {StoreType::half_precision, StoreType::single_precision}) {
    for (const auto& [rows, columns] :
         {std::pair{8, 10}, {7, 9}, {1, 1}, {1, 6}, {5, 1}, {3, 70}}) {
      const auto pixels =
          noise(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns), 4);
      for (const Backend* backend : {&cpu(), &reference()}) {
        const auto full = backend->store({pixels.data(), rows, columns}, type, 0.5f, nullptr);
        const auto half = backend->halve(*full);
        REQUIRE(half->rows() == (rows + 1) / 2);
        REQUIRE(half->columns() == (columns + 1) / 2);
        CHECK(half->type() == type);
        CHECK(half->scale() == full->scale());
        for (int r = 0; r < half->rows(); ++r) {
          for (int c = 0; c < half->columns(); ++c) {
            double total = 0;
            int count = 0;
            for (int y = 2 * r; y < std::min(rows, 2 * r + 2); ++y)
              for (int x = 2 * c; x < std::min(columns, 2 * c + 2); ++x, ++count)
                total += full->value(y, x);
            const double tolerance = type == StoreType::half_precision ? 1e-3 : 1e-6;
            REQUIRE(half->value(r, c) == Approx(total / count).epsilon(tolerance).margin(1e-6));
          }
        }
      }
    }
  }
}

TEST_CASE("A halved image under the halved matrix shows a smooth picture at the same place") {
  const int rows = 80, columns = 120;
  std::vector<float> pixels(rows * columns);
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < columns; ++c)
      pixels[static_cast<std::size_t>(r * columns + c)] = static_cast<float>(3 * r + 2 * c);
  const auto grid = slice(20, 20, 0.5, {1, 0, 0}, {0, 0.6, 0.8});
  for (const Backend* backend : {&cpu(), &reference()}) {
    const auto full =
        backend->store({pixels.data(), rows, columns}, StoreType::single_precision, 1, nullptr);
    const auto matrix = cone(0.7, rows, columns);
    const auto halved = geometry::with_pixel_map(matrix, 0.5, -0.25, 0.5, -0.25);
    CHECK(relative_rmse(sum(*backend, grid, {{backend->halve(*full), halved, 1}}),
                        sum(*backend, grid, {{full, matrix, 1}})) < 1e-5);
  }
}
