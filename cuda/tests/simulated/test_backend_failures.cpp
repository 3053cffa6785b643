// A card that fails, is full, or runs its threads in another order.
#include "cuda/backend/backend.h"
#include "cuda/device/simulated_device.h"
#include "cuda/tests/card_scene.h"

using namespace slicecast;
using namespace slicecast::cuda;
using namespace slicecast::cuda::tests;
using namespace slicecast::recon;
using namespace slicecast::recon::scene;

namespace {

struct Made {
  std::shared_ptr<SimulatedDevice> device;
  std::unique_ptr<Backend> backend;
};

Made made(const SimulatedOptions& options, const CudaKernels& kernels = {}) {
  Made result;
  result.device = taken(SimulatedDevice::open(options));
  result.backend = taken(make_card_backend({result.device}, kernels));
  return result;
}

const geometry::PointGrid kGrid = slice(20, 30, 1, {1, 0, 0}, {0, 1, 0});

}  // namespace

TEST_CASE("a card with too little free memory is refused") {
  std::shared_ptr<Device> device = taken(SimulatedDevice::open({.memory_bytes = 100 << 20}));
  const auto backend = make_card_backend({device}, {});
  REQUIRE_FALSE(backend);
  CHECK(backend.error().code == Errc::resource_exhausted);
  CHECK_THAT(backend.error().message, Catch::Contains("100 MiB of 100 MiB free"));
}

TEST_CASE("a card lost in the middle changes nothing and says why from then on") {
  // Where it is lost: storing, halving, or in one of the launches of a sum.
  for (int launches = 0; launches < 8; ++launches) {
    CAPTURE(launches);
    const Made card = made({.lost_after_launches = launches});
    std::vector<Term> all = terms(*card.backend, beams[1], 3, 20, 30, StoreType::half_precision);
    if (launches < 3) {
      REQUIRE(card.backend->failure());
      CHECK_FALSE(all[2].image);
    }
    std::vector<float> out(600, 3.0F);
    const auto operation = card.backend->make_backproject();
    for (int i = 0; i < 4 && !card.backend->failure(); ++i) {
      std::fill(out.begin(), out.end(), 3.0F);
      operation->accumulate(kGrid, 0, 0, 20, all, {out.data(), 20, 30});
    }
    if (launches < 7) {
      REQUIRE(card.backend->failure());
      CHECK(out == std::vector<float>(600, 3.0F));
      CHECK_THAT(card.backend->failure()->message, Catch::Contains("fell off the bus"));
      CHECK_FALSE(card.backend->halve(
          *terms(reference(), beams[0], 1, 4, 4, StoreType::half_precision)[0].image));
      CHECK_FALSE(card.backend->make_processor({}));
    } else {
      CHECK_FALSE(card.backend->failure());
    }
  }
}

TEST_CASE("a card that is full says so once, and nothing is left on it afterwards") {
  auto device = taken(SimulatedDevice::open({.memory_bytes = std::size_t{130} << 20}));
  std::shared_ptr<SimulatedDevice> shared = std::move(device);
  {
    const auto backend = taken(make_card_backend({shared}, {}));
    CHECK(backend->store_limit() < std::size_t{110} << 20);
    const auto values = noise(1024 * 1024, 1);
    std::vector<StoredImagePtr> images;
    while (!backend->failure() && images.size() < 100)
      images.push_back(
          backend->store({values.data(), 1024, 1024}, StoreType::single_precision, 1, nullptr));
    REQUIRE(backend->failure());
    CHECK(backend->failure()->code == Errc::resource_exhausted);
    CHECK_FALSE(images.back());
    CHECK(images.size() > 20);
  }
  CHECK(shared->counts().allocated_bytes == 0);
  CHECK(shared->counts().pinned_bytes == 0);
  CHECK(shared->counts().handles == 0);
}

TEST_CASE("a window that turns over takes no new memory from the card") {
  const Made card = made({});
  const auto operation = card.backend->make_backproject();
  std::vector<Term> window = terms(*card.backend, beams[1], 6, 40, 60, StoreType::half_precision);
  std::vector<float> out(600);
  const auto pixels = noise(40 * 60, 9);
  std::uint64_t allocations = 0;
  for (int i = 0; i < 60; ++i) {
    operation->accumulate(kGrid, 0, 0, 20, window, {out.data(), 20, 30});
    Term& oldest = window[static_cast<std::size_t>(i % 6)];
    const auto mip = card.backend->halve(*oldest.image);
    oldest.image =
        card.backend->store({pixels.data(), 40, 60}, StoreType::half_precision, 1, nullptr);
    if (i == 6) allocations = card.device->counts().allocations;
  }
  CHECK(card.device->counts().allocations == allocations);
  CHECK_FALSE(card.backend->failure());
}

TEST_CASE("results do not depend on the order in which threads run") {
  for (const Sampling sampling : {Sampling::rows, Sampling::quads, Sampling::gather}) {
    CudaKernels kernels;
    kernels.sampling = sampling;
    kernels.points_per_thread = 2;
    std::vector<float> sums[2];
    for (const ThreadOrder order : {ThreadOrder::rising, ThreadOrder::falling}) {
      const Made card = made({.order = order}, kernels);
      auto some = terms(*card.backend, beams[2], 5, 33, 47, StoreType::half_precision, 0.25F);
      some.front().image = card.backend->halve(*some.front().image);
      sums[static_cast<int>(order)] = sum(*card.backend, kGrid, some);
    }
    CHECK(sums[0] == sums[1]);
  }
}
