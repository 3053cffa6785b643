// What the processor does when the card refuses or goes away, and what it keeps.
#include "cuda/device/simulated_device.h"
#include "cuda/process/row_tables.h"
#include "cuda/tests/card.h"
#include "cuda/tests/process_cases.h"

using namespace slicecast;
using namespace slicecast::cuda;
using namespace slicecast::cuda::tests;
using recon::ProcessDesc;

namespace {

std::shared_ptr<SimulatedDevice> simulated_card(const SimulatedOptions& options) {
  return taken(SimulatedDevice::open(options));
}

}  // namespace

TEST_CASE("a card without room for the tables and one frame refuses the descriptor") {
  const auto device = simulated_card({.memory_bytes = 100 << 10});
  const ProcessDesc desc = counting_desc(parallel_scan(100, 200));
  const auto made = make_card_processor(device, desc);
  REQUIRE_FALSE(made);
  CHECK(made.error().code == Errc::resource_exhausted);
  CHECK_FALSE(device->failure());
}

TEST_CASE("a card that is lost in mid-scan is told before the frame's result is used") {
  const auto device = simulated_card({.lost_after_launches = 8});
  const ProcessDesc desc = counting_desc(parallel_scan(10, 40));
  std::vector<std::string> told;
  const auto processor = taken(make_card_processor(
      device, desc, [&](const Error& error) { told.push_back(error.message); }));
  const std::vector<std::byte> raw = random_frame(desc, 1);
  int before = 0;
  while (told.empty() && before < 20) {
    const Image image = filtered(*processor, raw.data(), 0);
    if (told.empty())
      ++before;
    else
      for (const float value : image.pixels) CHECK(value == 0);
  }
  CHECK(before > 0);
  REQUIRE(told.size() == 1);
  CHECK(told.front() == device->failure()->message);
  line_image(*processor, raw.data());
  CHECK(told.size() == 2);
}

TEST_CASE("a card out of memory in mid-scan fails the frame and goes on when there is room again") {
  const auto device = simulated_card({.memory_bytes = 8 << 20});
  const ProcessDesc desc = counting_desc(parallel_scan(100, 200));
  int told = 0;
  const auto processor = taken(make_card_processor(device, desc, [&](const Error& error) {
    CHECK(error.code == Errc::resource_exhausted);
    ++told;
  }));
  const std::vector<std::byte> raw = random_frame(desc, 1);
  {
    const MemoryState state = taken(device->memory_state());
    const DeviceMemory others = taken(device->allocate(state.free_bytes));
    filtered(*processor, raw.data(), 0);  // what it has is enough
    CHECK(told == 0);
    line_image(*processor, raw.data());  // an image of line integrals more is not
    CHECK(told == 1);
  }
  line_image(*processor, raw.data());
  CHECK(told == 1);
}

TEST_CASE("memory is taken once per lane and given back with the processor") {
  const auto device = simulated_card({});
  const ProcessDesc desc = counting_desc(parallel_scan(30, 50));
  const std::vector<std::byte> raw = random_frame(desc, 1);
  {
    const auto processor = taken(make_card_processor(device, desc));
    filtered(*processor, raw.data(), 0);
    line_image(*processor, raw.data());
    const auto before = device->counts();
    for (int i = 0; i < 20; ++i) {
      filtered(*processor, raw.data(), 0);
      line_image(*processor, raw.data());
    }
    const auto after = device->counts();
    CHECK(after.allocations == before.allocations);
    CHECK(after.allocated_bytes == before.allocated_bytes);
    CHECK(after.pinned_bytes == before.pinned_bytes);
    CHECK(after.handles == before.handles);
    CHECK(after.copied_up_bytes - before.copied_up_bytes < 40 * (30 * 50 * 2 + 2048));
  }
  CHECK(device->counts().allocated_bytes == 0);
  CHECK(device->counts().pinned_bytes == 0);
  CHECK(device->counts().handles == 0);
}

TEST_CASE("the row filter does not depend on the order of threads between its barriers") {
  for (const int columns : {40, 200, 500, 700, 1000}) {
    const ProcessDesc desc = counting_desc(parallel_scan(5, columns));
    const std::vector<std::byte> raw = random_frame(desc, 1);
    std::vector<Image> images;
    for (const ThreadOrder order : {ThreadOrder::rising, ThreadOrder::falling}) {
      const auto device = simulated_card({.order = order});
      images.push_back(filtered(*taken(make_card_processor(device, desc)), raw.data(), 0));
    }
    CHECK(images[0].pixels == images[1].pixels);
  }
}

TEST_CASE("rows whose kernel needs more shared memory than a card has go through the library") {
  constexpr std::size_t kSmall = 99 << 10, kLarge = 227 << 10;
  CHECK(filter_length(768, kSmall) == 1536);
  CHECK(filter_length(5000, kSmall) == 0);
  CHECK(filter_length(5000, kLarge) == 12288);
  CHECK(filter_length(8192, kLarge) == 16384);
  CHECK(filter_length(8193, kLarge) == 0);
}
