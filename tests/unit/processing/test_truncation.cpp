// Samples wider than the beam: the edge taper and the decision to use it.
#include <cmath>
#include <numbers>

#include "tests/unit/processing/cases.h"

namespace slicecast::recon::test {
namespace {

constexpr double kWideAttenuation = 0.01;  // per pixel

std::vector<double> disc_row(int columns, double radius, double centre) {
  std::vector<double> row(columns);
  for (int c = 0; c < columns; ++c) {
    const double t = c - centre;
    row[c] =
        t * t < radius * radius ? 2 * kWideAttenuation * std::sqrt(radius * radius - t * t) : 0;
  }
  return row;
}

// A centred disc looks the same from everywhere: its reconstruction at radius r is the mean of one
// filtered row over t = r cos(theta), times pi.
double reconstructed(const Output& filtered_row, double r) {
  const double centre = (filtered_row.columns - 1) / 2.0;
  const int angles = 400;
  double sum = 0;
  for (int i = 0; i < angles; ++i) {
    const double t = centre + r * std::cos(std::numbers::pi * (i + 0.5) / angles);
    const int c = static_cast<int>(t);
    const double part = t - c;
    sum += (1 - part) * filtered_row.at(0, c) + part * filtered_row.at(0, c + 1);
  }
  return std::numbers::pi * sum / angles;
}

double cup_of(Padding padding) {
  ProcessDesc desc = linear_desc(parallel_scan(1, 60, 1));
  desc.parameters.padding = padding;
  const auto raw = frame_of(PixelType::f32, disc_row(60, 50, 29.5));
  const Output row = filtered(*cpu_of(desc), raw.data());
  const double radius = 29.5;
  const auto mean = [&](double from, double to) {
    double sum = 0;
    for (int i = 0; i < 20; ++i) sum += reconstructed(row, radius * (from + (to - from) * i / 20));
    return sum / 20;
  };
  return std::abs(mean(0, 0.2) - mean(0.7, 0.8)) / kWideAttenuation;
}

bool decides(ProcessDesc desc, const std::vector<double>& row) {
  desc.parameters.padding = Padding::automatic;
  std::vector<double> frame;
  for (int r = 0; r < desc.geometry.rows; ++r) frame.insert(frame.end(), row.begin(), row.end());
  const auto raw = frame_of(PixelType::f32, frame);
  const bool cpu = filtered(*cpu_of(desc), raw.data()).counts.edge_tapered;
  const bool reference = filtered(*reference_of(desc), raw.data()).counts.edge_tapered;
  CHECK(cpu == reference);
  return cpu;
}

}  // namespace

TEST_CASE("a disc of which 60 of 100 pixels are seen hardly cups with the edge taper") {
  CHECK(cup_of(Padding::zero) > 0.2);
  CHECK(cup_of(Padding::edge_taper) < 0.05);
  CHECK(cup_of(Padding::automatic) == cup_of(Padding::edge_taper));
}

TEST_CASE("the taper changes nothing for a sample within the beam") {
  ProcessDesc desc = linear_desc(parallel_scan(1, 120));
  const auto raw = frame_of(PixelType::f32, disc_row(120, 50, 60));
  const Output zero = filtered(*cpu_of(desc), raw.data());
  desc.parameters.padding = Padding::edge_taper;
  const Output taper = filtered(*cpu_of(desc), raw.data());
  CHECK(relative_error(taper.pixels, zero.pixels) < 1e-5);
  CHECK(taper.counts.edge_tapered);
  CHECK(taper.layout.edge_tapered);
  CHECK_FALSE(zero.counts.edge_tapered);
  CHECK_FALSE(zero.layout.edge_tapered);
}

TEST_CASE("automatic padding decides by the frame's own edges") {
  const ProcessDesc desc = linear_desc(parallel_scan(7, 90));
  CHECK_FALSE(decides(desc, disc_row(90, 40, 44.5)));
  CHECK(decides(desc, disc_row(90, 60, 44.5)));
  CHECK(decides(desc, disc_row(90, 40, 80)));  // out on one side
  CHECK_FALSE(decides(desc, std::vector<double>(90, 0.0)));
}

TEST_CASE("bad edge pixels do not decide") {
  ProcessDesc desc = linear_desc(parallel_scan(3, 90));
  auto bad = std::make_shared<std::vector<std::uint8_t>>(270);
  std::vector<double> row = disc_row(90, 40, 44.5);
  for (int c : {0, 1, 88, 89}) {
    row[c] = 5;
    for (int r = 0; r < 3; ++r) (*bad)[r * 90 + c] = 1;
  }
  CHECK(decides(desc, row));
  desc.bad = bad;
  CHECK_FALSE(decides(desc, row));
}

TEST_CASE("an offset-axis scan is truncated only where its long side ends") {
  ProcessDesc desc = linear_desc(parallel_scan(3, 90));
  desc.coverage = Coverage::offset_axis;
  desc.geometry.axis_column = 12;
  CHECK_FALSE(decides(desc, disc_row(90, 60, 12)));
  CHECK(decides(desc, disc_row(90, 95, 12)));
}

}  // namespace slicecast::recon::test
