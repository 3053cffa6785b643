// The processor of a backend against the double-precision reference: every option. Compiled into a
// test program of each backend.
#include <cmath>
#include <limits>
#include <utility>

#include <catch2/catch.hpp>

#include "common/recon/reference/processor.h"
#include "tests/support/process_scene.h"

namespace slicecast::recon::test {

TEST_CASE("what the reference refuses is refused in the same words") {
  ProcessDesc desc = counting_desc(parallel_scan(8, 16));
  desc.parameters.binning = 0;
  const auto own = make_tested_processor(desc);
  const auto reference = make_reference_processor(desc);
  REQUIRE_FALSE(own);
  REQUIRE_FALSE(reference);
  CHECK(own.error().message == reference.error().message);
}

TEST_CASE("frames of every shape are filtered as the reference does") {
  const std::pair<int, int> shapes[] = {{1, 1},  {1, 2},  {3, 1},    {1, 17},  {2, 33},
                                        {5, 64}, {7, 95}, {23, 130}, {40, 61}, {3, 257}};
  for (const auto& [rows, columns] : shapes) {
    INFO(rows << " x " << columns);
    ProcessDesc desc = counting_desc(parallel_scan(rows, columns));
    agrees_with_reference(desc);
    desc.parameters.zinger_threshold = 0.3;
    desc.parameters.paganin = {25, 200, 300};
    agrees_with_reference(desc);
  }
}

TEST_CASE("cone-beam weights follow the reference for every coverage") {
  ProcessDesc desc = counting_desc(cone_scan(19, 70));
  agrees_with_reference(desc);
  desc.geometry.principal_column = 30.5;
  desc.geometry.principal_row = 4;
  agrees_with_reference(desc);
  desc.coverage = Coverage::short_scan;
  desc.arc_start_rad = 0.2;
  for (const double angle : {0.21, 0.3, 2.0, 3.5}) agrees_with_reference(desc, angle);
  desc.coverage = Coverage::offset_axis;
  desc.geometry.principal_column.reset();
  for (const double axis : {12.3, 61.0}) {
    desc.geometry.axis_column = axis;
    agrees_with_reference(desc);
    desc.parameters.padding = Padding::edge_taper;
    agrees_with_reference(desc);
  }
}

TEST_CASE("pixels of every type follow the reference") {
  for (int type = 0; type <= static_cast<int>(PixelType::f64); ++type) {
    ProcessDesc desc = counting_desc(parallel_scan(9, 53));
    desc.pixel_type = static_cast<PixelType>(type);
    INFO(to_string(desc.pixel_type));
    desc.flat = nullptr;
    desc.dark = nullptr;
    desc.parameters.incident_counts = size_of(desc.pixel_type) == 1 ? 50 : 60000;
    agrees_with_reference(desc);
  }
}

TEST_CASE("flipped and transposed frames come upright") {
  for (int turn = 0; turn < 8; ++turn) {
    INFO("turn " << turn);
    geometry::ScanGeometry g = parallel_scan(turn & 1 ? 37 : 21, turn & 1 ? 21 : 37);
    g.transpose = (turn & 1) != 0;
    g.flip_u = (turn & 2) != 0;
    g.flip_v = (turn & 4) != 0;
    ProcessDesc desc = counting_desc(g);
    for (const PixelType type : {PixelType::u16, PixelType::f64}) {
      desc.pixel_type = type;
      desc.parameters.zinger_threshold = 0;
      agrees_with_reference(desc);
      desc.parameters.zinger_threshold = 0.2;
      desc.parameters.region = {3, 5, 15, 14};
      agrees_with_reference(desc);
    }
  }
}

TEST_CASE("every filter and padding follows the reference") {
  ProcessDesc desc = counting_desc(parallel_scan(5, 45));
  desc.parameters.filter_table = {1, 0.9, 0.3, 0.1};
  for (int filter = 0; filter <= static_cast<int>(RampFilter::none); ++filter)
    for (const Padding padding : {Padding::zero, Padding::edge_taper, Padding::automatic})
      for (const double cutoff : {1.0, 0.6}) {
        INFO("filter " << filter << " padding " << static_cast<int>(padding) << " to " << cutoff);
        desc.parameters.filter = static_cast<RampFilter>(filter);
        desc.parameters.padding = padding;
        desc.parameters.filter_cutoff = cutoff;
        agrees_with_reference(desc);
      }
  desc.coverage = Coverage::offset_axis;
  desc.geometry.axis_column = 9;
  desc.parameters.filter = RampFilter::none;
  agrees_with_reference(desc);
}

TEST_CASE("all steps together follow the reference") {
  for (const int binning : {1, 2, 3}) {
    INFO("binning " << binning);
    ProcessDesc desc = counting_desc(cone_scan(41, 77));
    PixelParameters& p = desc.parameters;
    p.air = {30, 2, 9, 70};
    p.bad_pixel_threshold = 0.4;
    p.zinger_threshold = 0.5;
    p.paganin = {25, 200, 500};
    p.minimum_transmission = 0.2;
    p.binning = binning;
    p.region = {4, 3, 31, 64};
    p.filter = RampFilter::hann;
    auto bad = std::make_shared<std::vector<std::uint8_t>>(41 * 77);
    for (int r = 0; r < 41; ++r) (*bad)[r * 77 + 20] = (*bad)[r * 77 + 21] = 1;
    for (int c = 0; c < 77; ++c) (*bad)[17 * 77 + c] = 1;
    desc.bad = bad;
    agrees_with_reference(desc);
    p.paganin = {};
    agrees_with_reference(desc);
    p.zinger_threshold = 0;
    agrees_with_reference(desc);
    p.ring_correction = true;
    const auto layout = *processed_layout(desc);
    std::vector<float> ring(static_cast<std::size_t>(layout.line_rows) * layout.line_columns);
    for (std::size_t i = 0; i < ring.size(); ++i) ring[i] = 0.01F * static_cast<float>(i % 29);
    desc.ring = std::make_shared<FloatImage>(ring);
    agrees_with_reference(desc);
    desc.geometry.roll_rad = 0.06;
    agrees_with_reference(desc);
    p.ring_correction = false;
    agrees_with_reference(desc);
  }
}

TEST_CASE("frames that are line integrals already follow the reference") {
  ProcessDesc desc = linear_desc(parallel_scan(12, 50));
  desc.parameters.padding = Padding::automatic;
  agrees_with_reference(desc);
  auto bad = std::make_shared<std::vector<std::uint8_t>>(12 * 50);
  (*bad)[70] = 1;
  desc.bad = bad;
  agrees_with_reference(desc);
  desc.parameters.binning = 2;
  desc.pixel_type = PixelType::f16;
  agrees_with_reference(desc);
  desc.parameters.binning = 1;
  desc.pixel_type = PixelType::u16;
  agrees_with_reference(desc);
}

TEST_CASE("NaN and infinities of a frame are counted and stay where they are") {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const bool linear : {false, true})
    for (const double zinger : {0.0, 0.5}) {
      if (linear && zinger > 0) continue;
      ProcessDesc desc =
          linear ? linear_desc(parallel_scan(6, 40)) : counting_desc(parallel_scan(6, 40));
      desc.pixel_type = PixelType::f32;
      desc.parameters.zinger_threshold = zinger;
      std::vector<std::byte> raw = random_frame(desc, 3);
      auto* pixel = reinterpret_cast<float*>(raw.data());
      pixel[2 * 40 + 7] = std::numeric_limits<float>::quiet_NaN();
      pixel[2 * 40 + 23] = infinity;
      pixel[4 * 40] = -infinity;
      agrees_with_reference(desc, raw, 0);
      const Output out = filtered(*reference_of(desc), raw.data());
      CHECK(out.counts.clamped >= 3);
      // A neighbour of NaN in the median must not turn into one.
      for (const float value : out.pixels) CHECK(std::isfinite(value));
    }
}

}  // namespace slicecast::recon::test
