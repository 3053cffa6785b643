// Dark/flat correction, air normalisation, zingers and clamping, by value.
#include <algorithm>
#include <cmath>

#include "tests/unit/processing/cases.h"

namespace slicecast::recon::test {
namespace {

ProcessDesc intensity_desc(int rows, int columns) {
  ProcessDesc desc;
  desc.geometry = parallel_scan(rows, columns);
  desc.pixel_type = PixelType::f32;
  desc.parameters.incident_counts = 1000;
  return desc;
}

void for_both(const ProcessDesc& desc, const std::vector<double>& values,
              const std::function<void(const Output&)>& check) {
  const auto raw = frame_of(desc.pixel_type, values);
  for (const auto& processor : {reference_of(desc), cpu_of(desc)})
    check(line_image(*processor, raw.data()));
}

}  // namespace

TEST_CASE("values at or below zero are clamped to the least transmission and counted") {
  ProcessDesc desc = intensity_desc(1, 5);
  desc.parameters.minimum_transmission = 1e-3;
  for_both(desc, {0, -5, 0.5, 1, 1000}, [](const Output& out) {
    CHECK(out.counts.clamped == 3);
    CHECK(out.at(0, 0) == Approx(-std::log(1e-3)));
    CHECK(out.at(0, 1) == Approx(-std::log(1e-3)));
    CHECK(out.at(0, 2) == Approx(-std::log(1e-3)));
    CHECK(out.at(0, 3) == Approx(-std::log(1e-3)));
    CHECK(out.at(0, 4) == Approx(0).margin(1e-6));
  });
}

TEST_CASE("a line integral is -log((raw - dark)/(flat - dark))") {
  ProcessDesc desc = intensity_desc(1, 3);
  desc.flat = std::make_shared<FloatImage>(FloatImage{1100, 2100, 900});
  desc.dark = std::make_shared<FloatImage>(FloatImage{100, 100, 400});
  for_both(desc, {600, 2100, 450}, [](const Output& out) {
    CHECK(out.at(0, 0) == Approx(std::log(2.0)));
    CHECK(out.at(0, 1) == Approx(0).margin(1e-6));
    CHECK(out.at(0, 2) == Approx(std::log(10.0)));
    CHECK(out.counts.clamped == 0);
  });
}

TEST_CASE("without flats the incident counts divide, dark subtracted") {
  ProcessDesc desc = intensity_desc(1, 2);
  desc.dark = std::make_shared<FloatImage>(2, 100.0F);
  for_both(desc, {600, 1100}, [](const Output& out) {
    CHECK(out.at(0, 0) == Approx(std::log(2.0)));
    CHECK(out.at(0, 1) == Approx(0).margin(1e-6));
  });
}

TEST_CASE("air normalisation makes the mean transmission of the region 1, whatever the beam does") {
  ProcessDesc desc = intensity_desc(4, 10);
  desc.parameters.air = {1, 0, 3, 2};
  auto bad = std::make_shared<std::vector<std::uint8_t>>(40);
  (*bad)[20] = 1;
  desc.bad = bad;
  for (double beam : {700.0, 1300.0}) {
    std::vector<double> values(40, beam * 0.25);
    for (int r = 1; r < 4; ++r) values[r * 10] = values[r * 10 + 1] = beam;
    values[10] = beam * 0.9;
    values[11] = beam * 1.1;
    values[20] = 1e9;  // bad pixels take no part
    for_both(desc, values, [](const Output& out) {
      CHECK(out.at(2, 5) == Approx(std::log(4.0)).epsilon(1e-6));
      CHECK(out.at(3, 0) == Approx(0).margin(1e-6));
    });
  }
}

TEST_CASE("a zinger becomes the median of its surroundings, an edge stays") {
  ProcessDesc desc = intensity_desc(8, 12);
  desc.parameters.zinger_threshold = 0.2;
  std::vector<double> values;
  for (int r = 0; r < 8; ++r)
    for (int c = 0; c < 12; ++c) values.push_back(c < 6 ? 100 : 800);
  std::vector<double> struck = values;
  for (int pixel : {0, 11, 3 * 12 + 2, 5 * 12 + 8, 7 * 12 + 6}) struck[pixel] = 5000;
  for_both(desc, struck, [&](const Output& out) {
    CHECK(out.counts.zingers == 5);
    for (int i = 0; i < 96; ++i)
      CHECK(out.pixels[i] == Approx(-std::log(values[i] / 1000)).margin(1e-6));
  });
  // A dark spot is not a zinger, nor is a bright one within the threshold.
  std::vector<double> spots = values;
  spots[3 * 12 + 2] = 10;
  spots[5 * 12 + 8] = 950;
  for_both(desc, spots, [&](const Output& out) {
    CHECK(out.counts.zingers == 0);
    CHECK(out.at(3, 2) == Approx(-std::log(0.01)));
  });
}

TEST_CASE("counts are of the region only") {
  ProcessDesc desc = intensity_desc(8, 12);
  desc.parameters.zinger_threshold = 0.2;
  desc.parameters.region = {2, 3, 4, 6};
  std::vector<double> values(96, 500);
  values[2 * 12 + 3] = values[0] = values[7 * 12 + 11] = 5000;                   // zingers
  values[5 * 12 + 8] = values[1 * 12 + 5] = values[4 * 12 + 11] = std::nan("");  // clamped
  for (double delta_beta : {0.0, 1e-6}) {
    desc.parameters.paganin = {20, 1, delta_beta};
    for_both(desc, values, [](const Output& out) {
      CHECK(out.counts.zingers == 1);
      CHECK(out.counts.clamped == 1);
    });
  }
}

TEST_CASE("counts of frames add up") {
  ProcessCounts sum{1, 2, 3, false};
  sum += {10, 20, 30, true};
  sum += {0, 0, 1, false};
  CHECK(sum.clamped == 11);
  CHECK(sum.zingers == 22);
  CHECK(sum.interpolated == 34);
  CHECK(sum.edge_tapered);
}

}  // namespace slicecast::recon::test
