// Stored images of every layout against the reference's.
#include <atomic>
#include <cmath>
#include <limits>

#include "common/base/pixel_type.h"
#include "cuda/backproject/card_image.h"
#include "cuda/tests/card_scene.h"

using namespace slicecast;
using namespace slicecast::cuda;
using namespace slicecast::cuda::tests;
using namespace slicecast::recon;
using namespace slicecast::recon::scene;

namespace {

constexpr Sampling kSamplings[] = {Sampling::rows, Sampling::quads, Sampling::gather,
                                   Sampling::filtered, Sampling::automatic};
constexpr StoreType kTypes[] = {StoreType::half_precision, StoreType::single_precision};

std::unique_ptr<Backend> sampled(Sampling sampling) {
  CudaKernels kernels;
  kernels.sampling = sampling;
  return card_backend(kernels);
}

void check_same(const StoredImagePtr& got, const StoredImagePtr& wanted, double tolerance = 0) {
  REQUIRE(got);
  REQUIRE(got->rows() == wanted->rows());
  REQUIRE(got->columns() == wanted->columns());
  CHECK(got->type() == wanted->type());
  CHECK(got->scale() == wanted->scale());
  for (int r = 0; r < wanted->rows(); ++r) {
    for (int c = 0; c < wanted->columns(); ++c) {
      CAPTURE(r, c);
      const double expected = wanted->value(r, c);
      REQUIRE(std::abs(got->value(r, c) - expected) <= tolerance * std::abs(expected));
    }
  }
}

std::vector<float> awkward(int rows, int columns) {
  auto values = noise(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns), 3);
  const float special[] = {std::numeric_limits<float>::infinity(),
                           -std::numeric_limits<float>::infinity(),
                           std::numeric_limits<float>::quiet_NaN(),
                           1e6F,
                           -1e6F,
                           16376.0F,
                           16376.5F,
                           1e-8F,
                           -0.0F};
  for (std::size_t i = 0; i < std::min(std::size(special), values.size()); ++i)
    values[values.size() - 1 - i] = special[i];
  return values;
}

}  // namespace

TEST_CASE("cards that cannot be used are refused with the reason") {
  CudaKernels kernels;
  kernels.block_columns = 1024;
  auto refused = make_card_backend({open_card()}, kernels);
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().message, Catch::Contains("threads"));
  CHECK_FALSE(make_card_backend({}, {}));
  for (const char* which : {",", "0,", "0,0", "0,,1"}) {
    CAPTURE(which);
    CHECK_FALSE(cards_named(which, 2));
  }
  CHECK(taken(cards_named("", 2)) == std::vector<std::string>{""});
  CHECK(taken(cards_named("1,GPU-00", 2)) == std::vector<std::string>{"1", "GPU-00"});
  CHECK(taken(cards_named("all", 3)) == std::vector<std::string>{"0", "1", "2"});
}

TEST_CASE("images hold what the reference's hold, in every layout") {
  for (const Sampling sampling : kSamplings) {
    const auto card = sampled(sampling);
    for (const StoreType type : kTypes) {
      for (const auto& [rows, columns] : {std::pair{7, 13}, {1, 9}, {9, 1}, {8, 64}, {1, 1}}) {
        CAPTURE(name_of(sampling), static_cast<int>(type), rows, columns);
        const auto values = awkward(rows, columns);
        std::atomic<std::uint64_t> clipped{5}, wanted_clipped{5};
        const ImageView<const float> view(values.data(), rows, columns);
        check_same(card->store(view, type, 0.25F, &clipped),
                   reference().store(view, type, 0.25F, &wanted_clipped));
        CHECK(clipped == wanted_clipped);

        std::vector<std::uint16_t> bits;
        for (const float value : values) bits.push_back(half_from_float(value));
        const ImageView<const std::uint16_t> halves(bits.data(), rows, columns);
        check_same(card->store_half(halves, type, 8), reference().store_half(halves, type, 8));
      }
    }
  }
}

TEST_CASE("views with a stride are stored without what lies between") {
  const auto card = sampled(Sampling::automatic);
  const auto values = noise(9 * 20, 4);
  const ImageView<const float> view(values.data(), 9, 11, 20);
  check_same(card->store(view, StoreType::single_precision, 1, nullptr),
             reference().store(view, StoreType::single_precision, 1, nullptr));
}

TEST_CASE("mip levels are averages of what there is, down to one pixel") {
  for (const Sampling sampling : kSamplings) {
    const auto card = sampled(sampling);
    for (const StoreType type : kTypes) {
      CAPTURE(name_of(sampling), static_cast<int>(type));
      const auto values = noise(13 * 22, 5);
      const ImageView<const float> view(values.data(), 13, 22);
      auto got = card->store(view, type, 0.25F, nullptr);
      auto wanted = reference().store(view, type, 0.25F, nullptr);
      for (int level = 0; level < 5; ++level) {
        got = card->halve(*got);
        wanted = reference().halve(*wanted);
        // A sum of four may round the other way.
        check_same(got, wanted, type == StoreType::half_precision ? 1e-3 : 1e-5);
      }
      CHECK(got->rows() * got->columns() == 1);
    }
  }
}

TEST_CASE("numbers that are on the card already are stored without a way through the host") {
  auto device = open_card();
  const auto store = taken(ImageStore::create(device, Sampling::automatic, 0));
  const Stream stream = taken(device->make_stream(StreamPriority::normal));
  const auto values = noise(10 * 16, 6);
  const ImageView<const float> view(values.data(), 10, 14, 16);
  const DeviceMemory floats = uploaded(*device, stream, values);
  std::atomic<std::uint64_t> clipped{0};
  check_same(taken(store->store_from_card(floats.as<const float>(), 10, 14, 16,
                                          StoreType::half_precision, 0.5F, &clipped)),
             reference().store(view, StoreType::half_precision, 0.5F, nullptr));
  CHECK(clipped == 0);

  std::vector<std::uint16_t> bits;
  for (const float value : values) bits.push_back(half_from_float(value));
  const DeviceMemory halves = uploaded(*device, stream, bits);
  const ImageView<const std::uint16_t> half_view(bits.data(), 10, 14, 16);
  check_same(taken(store->store_from_card(halves.as<const std::uint16_t>(), 10, 14, 16,
                                          StoreType::single_precision, 4)),
             reference().store_half(half_view, StoreType::single_precision, 4));
}
