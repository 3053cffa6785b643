// The instruction sets that the cpu processor is compiled for.
#include "tests/unit/processing/cases.h"

namespace slicecast::recon::test {

TEST_CASE("every compiled instruction set can be forced") {
  const auto targets = available_simd_targets();
  REQUIRE_FALSE(targets.empty());
  for (const std::string& target : targets) {
    REQUIRE(force_simd_target(target));
    CHECK(std::string(active_simd_target()) == target);
  }
  force_simd_target("");
}

}  // namespace slicecast::recon::test
