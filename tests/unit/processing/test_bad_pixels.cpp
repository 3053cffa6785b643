// Which pixels are bad, and what they are replaced with.
#include "common/recon/bad_pixels.h"

#include <cmath>
#include <limits>

#include "tests/unit/processing/cases.h"

namespace slicecast::recon::test {
namespace {

// Transmission that is linear in row and column.
double ramp_at(int r, int c) {
  return 0.2 + 0.01 * r + 0.005 * c;
}

ProcessDesc masked_desc(int rows, int columns, const std::function<bool(int, int)>& bad) {
  ProcessDesc desc;
  desc.geometry = parallel_scan(rows, columns);
  desc.pixel_type = PixelType::f32;
  desc.parameters.incident_counts = 1;
  auto mask = std::make_shared<std::vector<std::uint8_t>>(rows * columns);
  for (int i = 0; i < rows * columns; ++i) (*mask)[i] = bad(i / columns, i % columns) ? 1 : 0;
  desc.bad = mask;
  return desc;
}

// Every processor gives the ramp although bad pixels hold garbage.
void restores_ramp(const ProcessDesc& desc, double tolerance = 3e-7) {
  const int rows = desc.geometry.rows, columns = desc.geometry.columns;
  std::vector<double> values;
  std::uint64_t bad = 0;
  for (int i = 0; i < rows * columns; ++i) {
    const bool garbage = (*desc.bad)[i] != 0;
    bad += garbage;
    values.push_back(garbage ? (i % 2 != 0 ? 1e6 : std::nan(""))
                             : ramp_at(i / columns, i % columns));
  }
  const auto raw = frame_of(PixelType::f32, values);
  for (const auto& processor : {reference_of(desc), cpu_of(desc)}) {
    const Output out = line_image(*processor, raw.data());
    CHECK(out.counts.interpolated == bad);
    CHECK(out.counts.clamped == 0);
    for (int r = 0; r < rows; ++r)
      for (int c = 0; c < columns; ++c)
        REQUIRE(std::exp(-out.at(r, c)) == Approx(ramp_at(r, c)).epsilon(tolerance));
  }
}

}  // namespace

TEST_CASE("pixels below the fraction of the median, dark, inverted or NaN are bad") {
  ProcessDesc desc;
  desc.geometry = parallel_scan(2, 4);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  desc.flat = std::make_shared<FloatImage>(FloatImage{1000, 1010, 390, 100, 90, nan, 990, 1020});
  desc.dark = std::make_shared<FloatImage>(8, 100.0F);
  CHECK(bad_pixel_mask(desc) == std::vector<std::uint8_t>{0, 0, 0, 1, 1, 1, 0, 0});
  desc.parameters.bad_pixel_threshold = 0.5;
  CHECK(bad_pixel_mask(desc) == std::vector<std::uint8_t>{0, 0, 1, 1, 1, 1, 0, 0});
  desc.bad = std::make_shared<std::vector<std::uint8_t>>(
      std::vector<std::uint8_t>{1, 0, 0, 0, 0, 0, 0, 0});
  CHECK(bad_pixel_mask(desc)[0] == 1);
}

TEST_CASE("single pixels and clusters are restored on a linear ramp") {
  restores_ramp(masked_desc(9, 13, [](int r, int c) { return r == 4 && c == 5; }));
  restores_ramp(masked_desc(9, 13, [](int r, int c) { return r > 2 && r < 6 && c > 3 && c < 9; }));
  restores_ramp(masked_desc(9, 13, [](int r, int c) { return (r * 7 + c * 5 + 3) % 11 == 0; }),
                2e-6);
}

TEST_CASE("module gaps of whole columns and rows, and where they cross, are restored") {
  restores_ramp(masked_desc(20, 31, [](int, int c) { return c >= 10 && c < 17; }));
  restores_ramp(masked_desc(20, 31, [](int r, int) { return r >= 8 && r < 12; }));
  restores_ramp(masked_desc(20, 31, [](int r, int c) {
    return (c >= 10 && c < 17) || (r >= 8 && r < 12) || (r == 3 && c == 3);
  }));
}

TEST_CASE("a bad pixel at the border takes the line along it") {
  restores_ramp(masked_desc(6, 8, [](int r, int c) { return r == 0 && c == 3; }));
  restores_ramp(masked_desc(6, 8, [](int r, int c) { return r == 2 && c == 7; }));
}

TEST_CASE("gaps at the rim repeat the nearest value") {
  const ProcessDesc desc = masked_desc(5, 9, [](int, int c) { return c < 2; });
  std::vector<double> values;
  for (int i = 0; i < 45; ++i) values.push_back(ramp_at(i / 9, i % 9));
  const auto raw = frame_of(PixelType::f32, values);
  for (const auto& processor : {reference_of(desc), cpu_of(desc)}) {
    const Output out = line_image(*processor, raw.data());
    for (int r = 0; r < 5; ++r) {
      CHECK(out.at(r, 0) == Approx(out.at(r, 2)));
      CHECK(out.at(r, 1) == Approx(out.at(r, 2)));
    }
  }
}

TEST_CASE("one good pixel serves a whole detector") {
  std::vector<std::uint8_t> mask(35, 1);
  mask[17] = 0;
  const Interpolation plan = plan_interpolation(mask, 5, 7);
  REQUIRE(plan.column.size() == 34);
  for (std::size_t i = 0; i < 34; ++i) {
    REQUIRE(plan.first_source[i + 1] == plan.first_source[i] + 1);
    CHECK(plan.source[plan.first_source[i]] == 17);
    CHECK(plan.weight[plan.first_source[i]] == Approx(1));
  }
}

TEST_CASE("a region counts its own bad pixels but takes neighbours from beyond it") {
  ProcessDesc desc = masked_desc(6, 12, [](int, int c) { return c == 4 || c == 9; });
  desc.parameters.region = {1, 4, 4, 3};  // starts in the gap
  std::vector<double> values;
  for (int i = 0; i < 72; ++i) values.push_back(ramp_at(i / 12, i % 12));
  const auto raw = frame_of(PixelType::f32, values);
  for (const auto& processor : {reference_of(desc), cpu_of(desc)}) {
    const Output out = line_image(*processor, raw.data());
    CHECK(out.counts.interpolated == 4);
    CHECK(std::exp(-out.at(0, 0)) == Approx(ramp_at(1, 4)).epsilon(1e-6));
  }
}

}  // namespace slicecast::recon::test
