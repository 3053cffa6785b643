// Images that pass to other processes inside the card's memory.
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/pixel_type.h"
#include "cuda/device/simulated_device.h"
#include "cuda/process/shared_images.h"
#include "cuda/tests/card.h"
#include "cuda/tests/process_cases.h"

using namespace slicecast;
using namespace slicecast::cuda;
using namespace slicecast::cuda::tests;
using recon::CardPlace;

namespace {

constexpr std::size_t kChunk = SharedImages::kChunkBytes;

std::shared_ptr<SimulatedDevice> small_card() {
  return taken(SimulatedDevice::open({.memory_bytes = 4 * kChunk}));
}

}  // namespace

TEST_CASE("places that leave their allocation are refused and read nothing") {
  const auto device = small_card();
  SharedImages images(device, kChunk);
  MappedImages mapped(device);
  const auto image = images.take(10, 100);
  REQUIRE(image);
  const CardPlace good = image->place();
  const auto refuses = [&](auto change) {
    CardPlace bad = good;
    change(bad);
    const auto found = mapped.find(bad);
    CHECK_FALSE(found);
  };
  refuses([](CardPlace& p) { p.rows = 0; });
  refuses([](CardPlace& p) { p.columns = -1; });
  refuses([](CardPlace& p) { p.rows = 1 << 24; });
  refuses([](CardPlace& p) { p.columns = 2000000000; });
  refuses([](CardPlace& p) { p.offset_bytes = p.allocation_bytes - 100; });
  refuses([](CardPlace& p) { p.offset_bytes = ~std::uint64_t{0} - 1; });
  refuses([](CardPlace& p) { p.offset_bytes = 3; });
  refuses([](CardPlace& p) { p.row_stride_bytes = 20; });
  refuses([](CardPlace& p) { p.row_stride_bytes = p.allocation_bytes; });
  refuses([](CardPlace& p) { p.row_stride_bytes = ~std::uint64_t{0} - 1; });
  refuses([](CardPlace& p) { p.allocation_bytes *= 2; });  // not its size
  refuses([](CardPlace& p) { p.handle.pop_back(); });
  refuses([](CardPlace& p) { p.handle.assign(64, 'x'); });
  CHECK(mapped.find(good));
  refuses([](CardPlace& p) {
    p.allocation_bytes *= 2;  // also when it is mapped already
    p.offset_bytes = p.allocation_bytes - 4096;
  });
}

TEST_CASE("images that may be shared are bounded, and their memory is used again") {
  const auto device = small_card();
  SharedImages images(device, 2 * kChunk + 100);
  CHECK_FALSE(images.take(0, 10));
  CHECK_FALSE(images.take(1 << 14, 1 << 12));  // larger than a chunk
  std::vector<std::shared_ptr<recon::SharedImage>> held;
  for (;;) {
    auto image = images.take(1024, 4096);
    if (!image) break;
    held.push_back(std::move(image));
    REQUIRE(held.size() < 100);
  }
  CHECK(held.size() == 2 * kChunk / (1024 * 4096 * 2));
  void* const first = held[3]->first_pixel();
  held.erase(held.begin() + 3);
  held.push_back(images.take(1024, 4096));
  REQUIRE(held.back());
  CHECK(held.back()->first_pixel() == first);
  CHECK_FALSE(images.take(100, 100));
  held.clear();
  CHECK(images.take(100, 100));  // a chunk is cut anew
  CHECK(device->counts().allocations == 2);
  device->lose();
  CHECK_FALSE(images.take(100, 100));
}

TEST_CASE("images outlive what they were taken from") {
  const auto device = small_card();
  auto images = std::make_unique<SharedImages>(device, kChunk);
  auto image = images->take(10, 10);
  images.reset();
  REQUIRE(image);
  *static_cast<std::uint16_t*>(image->first_pixel()) = 7;
  image.reset();
  CHECK(device->counts().allocated_bytes == 0);
}

TEST_CASE("a card that shares nothing is asked once, not for every image") {
  const std::shared_ptr<SimulatedDevice> device =
      taken(SimulatedDevice::open({.memory_bytes = 4 * kChunk, .exporting = false}));
  SharedImages images(device, 2 * kChunk);
  for (int i = 0; i < 3; ++i) CHECK_FALSE(images.take(10, 100));
  CHECK(device->counts().allocations == 1);
  CHECK(device->counts().allocated_bytes == 0);
}

TEST_CASE("a projection filtered into a shared image is the same in another process") {
  const auto device = small_card();
  const recon::ProcessDesc desc = counting_desc(cone_scan(13, 45));
  const auto processor = taken(make_card_processor(device, desc));
  SharedImages images(device, kChunk);
  images.take(13, 45);
  const auto image = images.take(13, 45);
  REQUIRE(image);
  const std::vector<std::byte> raw = random_frame(desc, 5);
  const float scale = 0x1p-3F;
  std::vector<std::uint16_t> here(13 * 45);
  const auto half =
      processor->filter_half(raw.data(), 0.3, scale, {here.data(), 13, 45}, image.get());
  REQUIRE(half);
  CHECK(half->clipped == 0);
  const Image expected = filtered(*reference_of(desc), raw.data(), 0.3);
  check_same_counts(half->counts, expected.counts);
  std::vector<float> values;
  for (const std::uint16_t bits : here) values.push_back(float_from_half(bits) * scale);
  CHECK(relative_error(values, expected.pixels) < 5e-4);

  const CardPlace place = image->place();
  const pid_t child = fork();
  if (child == 0) {
    MappedImages mapped(device);
    const auto found = mapped.find(place);
    if (!found) _exit(1);
    for (int r = 0; r < 13; ++r)
      for (int c = 0; c < 45; ++c)
        if (found->first_pixel[r * found->pitch + c] != here[r * 45 + c]) _exit(2);
    _exit(0);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}

TEST_CASE("half precision without a shared image is that of the shared one") {
  const recon::ProcessDesc desc = counting_desc(cone_scan(13, 45));
  const auto processor = processor_on_card(desc);
  const std::vector<std::byte> raw = random_frame(desc, 5);
  std::vector<std::uint16_t> bits(13 * 50);
  const auto half =
      processor->filter_half(raw.data(), 0.3, 0x1p-30F, {bits.data(), 13, 45, 50}, nullptr);
  REQUIRE(half);
  CHECK(half->clipped == 13 * 45);
  for (int r = 0; r < 13; ++r) {
    CHECK((bits[r * 50 + 3] & 0x7fff) == 0x7bff);
    CHECK(bits[r * 50 + 45] == 0);
  }
  CHECK_FALSE(reference_of(desc)->filter_half(raw.data(), 0.3, 1, {bits.data(), 13, 45}, nullptr));
}
