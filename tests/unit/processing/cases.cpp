#include "tests/unit/processing/cases.h"

namespace slicecast::recon::test {

Result<std::unique_ptr<Processor>> make_tested_processor(const ProcessDesc& desc) {
  return make_cpu_processor(desc);
}

std::unique_ptr<Processor> cpu_of(const ProcessDesc& desc) {
  auto made = make_cpu_processor(desc);
  INFO((made ? std::string() : made.error().message));
  REQUIRE(made);
  return *std::move(made);
}

// Forced to each compiled instruction set in turn.
void agrees_with_reference(const ProcessDesc& desc, const std::vector<std::byte>& raw,
                           double angle) {
  const auto cpu = cpu_of(desc);
  for (const std::string& target : available_simd_targets()) {
    INFO(target);
    REQUIRE(force_simd_target(target));
    agrees_with_reference(*cpu, desc, raw, angle);
  }
  force_simd_target("");
}

}  // namespace slicecast::recon::test
