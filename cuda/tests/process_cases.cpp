#include "cuda/tests/process_cases.h"

#include "cuda/tests/card.h"

namespace slicecast {
namespace cuda::tests {

std::unique_ptr<CardProcessor> processor_on_card(const recon::ProcessDesc& desc) {
  // The program's card outlives every case.
  return taken(make_card_processor({std::shared_ptr<Device>(), &card()}, desc));
}

void check_same_counts(const recon::ProcessCounts& found, const recon::ProcessCounts& expected) {
  CHECK(found.clamped == expected.clamped);
  CHECK(found.zingers == expected.zingers);
  CHECK(found.interpolated == expected.interpolated);
  CHECK(found.edge_tapered == expected.edge_tapered);
}

}  // namespace cuda::tests

namespace recon::test {

Result<std::unique_ptr<Processor>> make_tested_processor(const ProcessDesc& desc) {
  auto made =
      cuda::make_card_processor({std::shared_ptr<cuda::Device>(), &cuda::tests::card()}, desc);
  if (!made) return made.error();
  return std::unique_ptr<Processor>(std::move(*made));
}

void agrees_with_reference(const ProcessDesc& desc, const std::vector<std::byte>& raw,
                           double angle) {
  agrees_with_reference(*cuda::tests::processor_on_card(desc), desc, raw, angle);
}

}  // namespace recon::test
}  // namespace slicecast
