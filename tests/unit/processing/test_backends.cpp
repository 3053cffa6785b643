// The cpu processor against the double-precision reference, on every compiled instruction set.
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

TEST_CASE("AVX-512 and AVX2 are among the tested instruction sets where the processor has them") {
  const auto targets = available_simd_targets();
  CHECK(targets.size() >= 1);
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
    agrees_with_reference(counting_desc(parallel_scan(rows, columns)));
  }
}

TEST_CASE("cone-beam weights agree with the reference for every coverage") {
  geometry::ScanGeometry g = cone_scan(19, 70);
  ProcessDesc desc = counting_desc(g);
  agrees_with_reference(desc);
  desc.geometry.principal_column = 30.5;
  desc.geometry.principal_row = 4;
  agrees_with_reference(desc);
  desc.coverage = Coverage::short_scan;
  desc.arc_start_rad = 0.2;
  for (double angle : {0.21, 0.3, 2.0, 3.5}) agrees_with_reference(desc, angle);
  desc.coverage = Coverage::offset_axis;
  desc.geometry.axis_column = 12.3;
  desc.geometry.principal_column.reset();
  agrees_with_reference(desc);
  desc.geometry.axis_column = 61.0;
  agrees_with_reference(desc);
}

}  // namespace slicecast::recon::test
