// The cpu processor against the double-precision reference, on every compiled instruction set.
#include <limits>

#include "tests/unit/processing/cases.h"

namespace slicecast::recon::test {

TEST_CASE("the cpu refuses what the reference refuses, in the same words") {
  ProcessDesc desc = counting_desc(parallel_scan(8, 16));
  desc.parameters.binning = 0;
  const auto cpu = make_cpu_processor(desc);
  const auto reference = make_reference_processor(desc);
  REQUIRE_FALSE(cpu);
  REQUIRE_FALSE(reference);
  CHECK(cpu.error().message == reference.error().message);
}

TEST_CASE("every compiled instruction set can be forced") {
  const auto targets = available_simd_targets();
  REQUIRE_FALSE(targets.empty());
  for (const std::string& target : targets) {
    REQUIRE(force_simd_target(target));
    CHECK(std::string(active_simd_target()) == target);
  }
  force_simd_target("");
}

TEST_CASE("correction, logarithm and ramp agree with the reference for every shape") {
  const std::pair<int, int> shapes[] = {{1, 1},  {1, 2},  {3, 1},    {1, 17}, {2, 33},
                                        {5, 64}, {7, 95}, {23, 130}, {40, 61}};
  for (const auto& [rows, columns] : shapes) {
    INFO(rows << " x " << columns);
    ProcessDesc desc = counting_desc(parallel_scan(rows, columns));
    agrees_with_reference(desc);
    desc.parameters.zinger_threshold = 0.3;
    desc.parameters.paganin = {25, 200, 300};
    agrees_with_reference(desc);
  }
}

TEST_CASE("cone-beam weights agree with the reference for every coverage") {
  ProcessDesc desc = counting_desc(cone_scan(19, 70));
  agrees_with_reference(desc);
  desc.geometry.principal_column = 30.5;
  desc.geometry.principal_row = 4;
  agrees_with_reference(desc);
  desc.coverage = Coverage::short_scan;
  desc.arc_start_rad = 0.2;
  for (double angle : {0.21, 0.3, 2.0, 3.5}) agrees_with_reference(desc, angle);
  desc.coverage = Coverage::offset_axis;
  desc.geometry.principal_column.reset();
  for (double axis : {12.3, 61.0}) {
    desc.geometry.axis_column = axis;
    agrees_with_reference(desc);
  }
}

TEST_CASE("every pixel type agrees with the reference") {
  for (int type = 0; type <= static_cast<int>(PixelType::f64); ++type) {
    ProcessDesc desc = counting_desc(parallel_scan(9, 53));
    desc.pixel_type = static_cast<PixelType>(type);
    INFO(to_string(desc.pixel_type));
    // Counts that fit the type, for the small ones.
    const bool byte = size_of(desc.pixel_type) == 1;
    desc.flat = nullptr;
    desc.dark = nullptr;
    desc.parameters.incident_counts = byte ? 50 : 60000;
    agrees_with_reference(desc);
  }
}

TEST_CASE("flipped and transposed frames agree with the reference") {
  for (int turn = 0; turn < 8; ++turn) {
    INFO("turn " << turn);
    geometry::ScanGeometry g = parallel_scan(turn & 1 ? 37 : 21, turn & 1 ? 21 : 37);
    g.transpose = (turn & 1) != 0;
    g.flip_u = (turn & 2) != 0;
    g.flip_v = (turn & 4) != 0;
    ProcessDesc desc = counting_desc(g);
    for (PixelType type : {PixelType::u16, PixelType::f64}) {
      desc.pixel_type = type;
      desc.parameters.zinger_threshold = 0;
      agrees_with_reference(desc);
      desc.parameters.zinger_threshold = 0.2;
      desc.parameters.region = {3, 5, 15, 14};
      agrees_with_reference(desc);
    }
  }
}

TEST_CASE("every filter and padding agrees with the reference") {
  ProcessDesc desc = counting_desc(parallel_scan(5, 45));
  desc.parameters.filter_table = {1, 0.9, 0.3, 0.1};
  for (int filter = 0; filter <= static_cast<int>(RampFilter::none); ++filter)
    for (Padding padding : {Padding::zero, Padding::edge_taper, Padding::automatic})
      for (double cutoff : {1.0, 0.6}) {
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

TEST_CASE("all steps together agree with the reference") {
  for (int binning : {1, 2, 3}) {
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
    desc.geometry.roll_rad = 0.06;
    agrees_with_reference(desc);
    p.ring_correction = true;
    const auto layout = *processed_layout(desc);
    desc.ring = std::make_shared<FloatImage>(layout.line_rows * layout.line_columns, 0.25F);
    agrees_with_reference(desc);
  }
}

TEST_CASE("frames that are already line integrals agree with the reference") {
  ProcessDesc desc = linear_desc(parallel_scan(12, 50));
  desc.parameters.padding = Padding::automatic;
  auto bad = std::make_shared<std::vector<std::uint8_t>>(12 * 50);
  (*bad)[70] = 1;
  desc.bad = bad;
  agrees_with_reference(desc);
  desc.parameters.binning = 2;
  desc.pixel_type = PixelType::f16;
  agrees_with_reference(desc);
}

TEST_CASE("NaN and infinities in a frame are counted and stay where they are") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  for (bool linear : {false, true}) {
    ProcessDesc desc =
        linear ? linear_desc(parallel_scan(6, 40)) : counting_desc(parallel_scan(6, 40));
    desc.pixel_type = PixelType::f32;
    desc.parameters.padding = Padding::zero;
    for (double zinger : {0.0, 0.5}) {
      if (linear && zinger > 0) continue;
      desc.parameters.zinger_threshold = zinger;
      std::vector<std::byte> raw = random_frame(desc, 3);
      auto* pixel = reinterpret_cast<float*>(raw.data());
      pixel[2 * 40 + 7] = nan;
      pixel[2 * 40 + 23] = infinity;
      pixel[4 * 40] = -infinity;
      // A neighbour of NaN in the median must not turn into one.
      for (const auto& processor : {reference_of(desc), cpu_of(desc)}) {
        const Output out = filtered(*processor, raw.data());
        CHECK(out.counts.clamped >= 3);
        for (float value : out.pixels) CHECK(std::isfinite(value));
      }
      const Output reference = filtered(*reference_of(desc), raw.data());
      const Output cpu = filtered(*cpu_of(desc), raw.data());
      CHECK(cpu.counts.clamped == reference.counts.clamped);
      CHECK(relative_error(cpu.pixels, reference.pixels) < 1e-5);
    }
  }
}

}  // namespace slicecast::recon::test
