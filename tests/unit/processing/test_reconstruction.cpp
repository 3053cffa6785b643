// Processed rows, summed under the matrices that their layout asks for, give a disc back: scale,
// signs and weights of every coverage in one.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "tests/unit/processing/cases.h"

namespace slicecast::recon::test {
namespace {

constexpr double kAttenuation = 0.02;  // 1/mm
constexpr double kRadius = 14;
const geometry::Vec3 kCentre{5, -3, 0};

double chord(const geometry::ProjectionGeometry& p, int columns, double column) {
  const geometry::Vec3 pixel = geometry::pixel_position(p, 1, columns, column, 0);
  const geometry::Vec3 ray = p.beam == geometry::Beam::cone ? pixel - p.source : p.source;
  const geometry::Vec3 from = pixel - kCentre;
  const double distance = norm(cross(from, ray)) / norm(ray);
  return distance < kRadius ? 2 * std::sqrt(kRadius * kRadius - distance * distance) : 0;
}

double sampled(const Output& row, double u) {
  const int c = static_cast<int>(std::floor(u));
  if (c < 0 || c + 1 >= row.columns) return 0;
  return row.at(0, c) + (u - c) * (row.at(0, c + 1) - row.at(0, c));
}

// Values at `points` of the mid-plane, from frames every `arc / count`.
std::vector<double> reconstructed(const ProcessDesc& desc, double arc, int count,
                                  const std::vector<geometry::Vec3>& points) {
  const auto processor = cpu_of(desc);
  const ProcessedLayout& layout = processor->layout();
  std::vector<double> values(points.size());
  const int rows = desc.geometry.rows, columns = desc.geometry.columns;
  for (int i = 0; i < count; ++i) {
    const double angle = desc.arc_start_rad + arc * (i + 0.5) / count;
    const auto seen = geometry::projection_at(desc.geometry, angle);
    std::vector<double> lines;
    for (int r = 0; r < rows; ++r)
      for (int c = 0; c < columns; ++c) lines.push_back(kAttenuation * chord(seen, columns, c));
    const auto raw = frame_of(PixelType::f32, lines);
    const Output row = filtered(*processor, raw.data(), angle);
    const auto matrix = geometry::with_pixel_map(
        geometry::projection_at(processed_geometry(desc.geometry), angle).matrix, layout.scale,
        layout.shift_u, layout.scale, layout.shift_v);
    for (std::size_t k = 0; k < points.size(); ++k) {
      const auto at = geometry::project(matrix, points[k]);
      values[k] += arc / count * sampled(row, at.u) / (at.w * at.w);
    }
  }
  return values;
}

void gives_the_disc_back(const ProcessDesc& desc, double arc, double tolerance = 0.01) {
  std::vector<geometry::Vec3> inside, outside;
  for (double angle = 0; angle < 6; angle += 0.7) {
    const geometry::Vec3 direction{std::cos(angle), std::sin(angle), 0};
    for (double r : {2.0, 6.0, 10.0}) inside.push_back(kCentre + direction * r);
    outside.push_back(kCentre + direction * 18.0);
  }
  const int count = static_cast<int>(90 * arc);
  for (double value : reconstructed(desc, arc, count, inside))
    CHECK(value == Approx(kAttenuation).epsilon(tolerance));
  // Streaks of the sharp rim remain outside, but no pedestal.
  double sum = 0;
  for (double value : reconstructed(desc, arc, count, outside)) {
    CHECK(value == Approx(0).margin(0.08 * kAttenuation));
    sum += value;
  }
  CHECK(sum / static_cast<double>(outside.size()) == Approx(0).margin(tolerance * kAttenuation));
}

ProcessDesc parallel_disc() {
  return linear_desc(parallel_scan(1, 130, 0.5));
}

ProcessDesc cone_disc() {
  geometry::ScanGeometry g = parallel_scan(1, 150, 0.8);
  g.beam = geometry::Beam::cone;
  g.source_axis_mm = 100;
  g.source_detector_mm = 170;
  return linear_desc(g);
}

}  // namespace

TEST_CASE("a parallel half turn or full turn gives attenuation in 1/mm") {
  ProcessDesc desc = parallel_disc();
  desc.geometry.axis_column = 61.3;
  gives_the_disc_back(desc, std::numbers::pi);
  desc.geometry.rotation_sense = -1;
  desc.arc_start_rad = 1;
  gives_the_disc_back(desc, std::numbers::pi);
  desc.coverage = Coverage::full_turn;
  gives_the_disc_back(desc, 2 * std::numbers::pi);
}

TEST_CASE("binning and region change the pixels, not the values") {
  ProcessDesc desc = parallel_disc();
  desc.geometry = parallel_scan(2, 260, 0.25);
  desc.parameters.region = {0, 20, 2, 220};
  desc.parameters.binning = 2;
  gives_the_disc_back(desc, std::numbers::pi);
}

TEST_CASE("a parallel offset-axis scan gives the disc back, on either side") {
  for (double axis : {38.2, 91.6}) {
    ProcessDesc desc = parallel_disc();
    desc.coverage = Coverage::offset_axis;
    desc.geometry.axis_column = axis;
    gives_the_disc_back(desc, 2 * std::numbers::pi);
  }
}

TEST_CASE("a fan of a full turn gives the disc back, also with the source off the axis") {
  ProcessDesc desc = cone_disc();
  gives_the_disc_back(desc, 2 * std::numbers::pi);
  desc.geometry.principal_column = 80;
  desc.geometry.axis_column = 71;
  gives_the_disc_back(desc, 2 * std::numbers::pi);
}

TEST_CASE("a short scan gives the disc back, whichever way it turns") {
  for (double sense : {1.0, -1.0}) {
    ProcessDesc desc = cone_disc();
    desc.coverage = Coverage::short_scan;
    desc.arc_start_rad = 0.7;
    desc.geometry.rotation_sense = sense;
    desc.geometry.axis_column = 77;
    gives_the_disc_back(desc, std::numbers::pi + 2 * geometry::half_fan_angle(desc.geometry));
  }
}

TEST_CASE("an offset-axis fan gives the disc back, on either side") {
  for (double axis : {30.0, 110.0}) {
    ProcessDesc desc = cone_disc();
    desc.coverage = Coverage::offset_axis;
    desc.geometry.axis_column = axis;
    gives_the_disc_back(desc, 2 * std::numbers::pi);
  }
}

}  // namespace slicecast::recon::test
