// Where a processed pixel lies on the upright detector: region, binning, flips, straightened roll.
#include <cmath>
#include <numbers>

#include "tests/unit/processing/cases.h"

namespace slicecast::recon::test {
namespace {

// A frame of line integrals that name their upright, unbinned position: 100 row + column.
std::vector<std::byte> position_frame(const geometry::ScanGeometry& g) {
  std::vector<double> values(static_cast<std::size_t>(g.rows) * g.columns);
  const int rows = g.transpose ? g.columns : g.rows, columns = g.transpose ? g.rows : g.columns;
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < columns; ++c) {
      const int flipped_row = g.flip_v ? rows - 1 - r : r;
      const int flipped_column = g.flip_u ? columns - 1 - c : c;
      const int at = g.transpose ? flipped_column * g.columns + flipped_row
                                 : flipped_row * g.columns + flipped_column;
      values[at] = 100 * r + c;
    }
  return frame_of(PixelType::f32, values);
}

void maps_by_layout(const ProcessDesc& desc) {
  const auto raw = position_frame(desc.geometry);
  for (const auto& processor : {reference_of(desc), cpu_of(desc)}) {
    const ProcessedLayout& layout = processor->layout();
    const Output out = line_image(*processor, raw.data());
    CHECK(out.rows == layout.line_rows);
    CHECK(out.columns == layout.line_columns);
    for (int r = 0; r < out.rows; ++r)
      for (int c = 0; c < out.columns; ++c) {
        // u' = scale u + shift_u, solved for the upright position.
        const double u = (c - layout.shift_u) / layout.scale;
        const double v = (r - layout.shift_v) / layout.scale;
        REQUIRE(out.at(r, c) == Approx(100 * v + u).margin(1e-3));
      }
  }
}

}  // namespace

TEST_CASE("region and binning move the axis column as c' = (c - x0 - (b-1)/2)/b") {
  ProcessDesc desc = linear_desc(parallel_scan(20, 41));
  desc.geometry.axis_column = 17.25;
  desc.parameters.region = {3, 5, 14, 29};
  desc.parameters.binning = 3;
  const ProcessedLayout layout = *processed_layout(desc);
  CHECK(layout.rows == 4);
  CHECK(layout.columns == 9);
  CHECK(layout.scale * 17.25 + layout.shift_u == Approx((17.25 - 5 - 1) / 3));
  CHECK(layout.shift_v == Approx((0.0 - 3 - 1) / 3));
  const auto matrix = geometry::projection_at(desc.geometry, 0.3).matrix;
  const auto moved =
      geometry::with_pixel_map(matrix, layout.scale, layout.shift_u, layout.scale, layout.shift_v);
  CHECK(geometry::project(moved, {0, 0, 0}).u == Approx((17.25 - 5 - 1) / 3));
}

TEST_CASE("pixels are where the layout says, for every flip, region and binning") {
  for (int turn = 0; turn < 8; ++turn)
    for (int binning : {1, 2, 3}) {
      INFO("turn " << turn << " binning " << binning);
      geometry::ScanGeometry g = parallel_scan(14, 23);
      g.transpose = (turn & 1) != 0;
      g.flip_u = (turn & 2) != 0;
      g.flip_v = (turn & 4) != 0;
      ProcessDesc desc = linear_desc(g);
      desc.parameters.binning = binning;
      maps_by_layout(desc);
      desc.parameters.region = {2, 1, 11, 12};
      maps_by_layout(desc);
    }
}

TEST_CASE("binning averages line integrals, not intensities") {
  ProcessDesc desc;
  desc.geometry = parallel_scan(2, 2);
  desc.pixel_type = PixelType::f32;
  desc.parameters.incident_counts = 1;
  desc.parameters.binning = 2;
  const auto raw = frame_of(PixelType::f32, {1, 0.1, 0.01, 0.001});
  for (const auto& processor : {reference_of(desc), cpu_of(desc)})
    CHECK(line_image(*processor, raw.data()).at(0, 0) == Approx(1.5 * std::log(10)));
}

TEST_CASE("small rolls are left to the matrices") {
  ProcessDesc desc = linear_desc(parallel_scan(20, 41));
  desc.geometry.roll_rad = 0.9 * std::numbers::pi / 180;
  CHECK_FALSE(processed_layout(desc)->roll_removed);
  CHECK(processed_geometry(desc.geometry).roll_rad == desc.geometry.roll_rad);
  desc.geometry.roll_rad = 3 * std::numbers::pi / 180;
  desc.geometry.pitch_rad = 0.1;
  CHECK_FALSE(processed_layout(desc)->roll_removed);
}

TEST_CASE("straightened frames fit the matrices of the processed geometry") {
  for (const bool cone : {false, true})
    for (const bool shifted : {false, true})
      for (double roll : {0.05, -0.2}) {
        INFO("cone " << cone << " shifted " << shifted << " roll " << roll);
        geometry::ScanGeometry g = cone ? cone_scan(40, 61) : parallel_scan(40, 61);
        g.roll_rad = roll;
        g.axis_column = 27.0;
        if (cone && shifted) g.principal_column = 33.0;
        if (cone && shifted) g.principal_row = 16.0;
        ProcessDesc desc = linear_desc(g);
        desc.parameters.region = {1, 2, 38, 56};
        desc.parameters.binning = 2;
        const ProcessedLayout layout = *processed_layout(desc);
        REQUIRE(layout.roll_removed);

        // Line integrals u + 50 v of the rolled detector; bilinear interpolation keeps them exact.
        std::vector<double> values;
        for (int i = 0; i < 40 * 61; ++i) values.push_back(i % 61 + 50.0 * (i / 61));
        const auto raw = frame_of(PixelType::f32, values);
        for (const auto& processor : {reference_of(desc), cpu_of(desc)}) {
          const Output out = line_image(*processor, raw.data());
          for (double theta : {0.0, 1.1}) {
            const auto rolled = geometry::projection_at(g, theta).matrix;
            const auto plain = geometry::projection_at(processed_geometry(g), theta).matrix;
            const auto straight = geometry::with_pixel_map(plain, layout.scale, layout.shift_u,
                                                           layout.scale, layout.shift_v);
            const double reach = 2.0 / (cone ? 1 : 4);
            for (const geometry::Vec3 point :
                 {geometry::Vec3{0, 0, 0}, {reach, 0, reach}, {-reach, reach, -2 * reach}}) {
              const auto before = geometry::project(rolled, point);
              const auto after = geometry::project(straight, point);
              const int r = static_cast<int>(std::floor(after.v));
              const int c = static_cast<int>(std::floor(after.u));
              REQUIRE(r >= 0);
              REQUIRE(r + 1 < out.rows);
              const double fr = after.v - r, fc = after.u - c;
              const double read = (1 - fr) * ((1 - fc) * out.at(r, c) + fc * out.at(r, c + 1)) +
                                  fr * ((1 - fc) * out.at(r + 1, c) + fc * out.at(r + 1, c + 1));
              CHECK(read == Approx(before.u + 50 * before.v).epsilon(1e-5));
            }
          }
        }
      }
}

}  // namespace slicecast::recon::test
