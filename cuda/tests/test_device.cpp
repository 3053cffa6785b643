// What every card promises, and how the simulated one refuses and fails.
#include <cmath>
#include <limits>
#include <numeric>

#include "common/base/pixel_type.h"
#include "cuda/kernels/add_scaled.h"
#include "cuda/tests/card.h"
#include "cuda/tests/kernels_for_tests.h"

using namespace slicecast;
using namespace slicecast::cuda;
using namespace slicecast::cuda::tests;

TEST_CASE("launches that the card cannot run are refused and harm nothing") {
  Device& device = card();
  const Stream stream = taken(device.make_stream(StreamPriority::normal));
  const AddScaled kernel{nullptr, nullptr, 1, 0};
  CHECK_FALSE(device.launch(stream, {.threads = 0}, kernel));
  CHECK_FALSE(device.launch(stream, {.threads = 1025}, kernel));
  CHECK_FALSE(device.launch(stream, {.blocks_x = 0}, kernel));
  CHECK_FALSE(device.launch(stream, {.shared_bytes = std::size_t{1} << 20}, kernel));
  CHECK_FALSE(device.launch(stream, {.threads = 256}, Reverse{nullptr, 1}));  // it allows 128
  CHECK_FALSE(device.failure());
  CHECK_FALSE(device.allocate(device.facts().total_bytes * 2));
  CHECK_FALSE(device.failure());
  check_done(device.launch(stream, {}, kernel));
  check_done(device.synchronize(stream));
}

TEST_CASE("a kernel runs once for every thread of its grid") {
  Device& device = card();
  const Stream stream = taken(device.make_stream(StreamPriority::urgent));
  std::vector<float> to(1000), from(1000);
  std::iota(to.begin(), to.end(), 0.0F);
  std::iota(from.begin(), from.end(), 5.0F);
  const DeviceMemory on_card = uploaded(device, stream, to), other = uploaded(device, stream, from);
  const AddScaled kernel{on_card.as<float>(), other.as<const float>(), -2, 999};
  check_done(device.launch(stream, shape_for(999, 64), kernel));
  const auto sums = downloaded<float>(device, stream, on_card.get(), 1000);
  for (std::size_t i = 0; i < 999; ++i) REQUIRE(sums[i] == to[i] - 2 * from[i]);
  CHECK(sums[999] == to[999]);
}

TEST_CASE("threads of a block meet between the phases of a kernel") {
  Device& device = card();
  const Stream stream = taken(device.make_stream(StreamPriority::normal));
  std::vector<int> values(384);
  std::iota(values.begin(), values.end(), 0);
  const int turns = GENERATE(1, 2, 3);
  const DeviceMemory memory = uploaded(device, stream, values);
  check_done(device.launch(stream,
                           {.blocks_x = 3, .threads = 128, .shared_bytes = 128 * sizeof(int)},
                           Reverse{memory.as<int>(), turns}));
  const auto reversed = downloaded<int>(device, stream, memory.get(), values.size());
  for (int i = 0; i < 384; ++i) {
    const int expected = turns % 2 == 0 ? i : i / 128 * 128 + 127 - i % 128;
    REQUIRE(reversed[static_cast<std::size_t>(i)] == expected);
  }
}

TEST_CASE("half precision is rounded on the card as on the host") {
  Device& device = card();
  const Stream stream = taken(device.make_stream(StreamPriority::normal));
  std::vector<float> values = {0, -0.0F, 1, 65504, 65519, 65520, 1e9F, 6e-8F, 2.98e-8F, 6.1e-5F};
  for (int i = 0; i < 3000; ++i)
    values.push_back(std::ldexp(std::sin(static_cast<float>(i)), i % 40 - 25));
  const DeviceMemory from = uploaded(device, stream, values);
  const DeviceMemory bits = taken(device.allocate(values.size() * 2));
  const DeviceMemory back = taken(device.allocate(values.size() * 4));
  check_done(device.launch(stream, shape_for(values.size()),
                           HalfRoundTrip{bits.as<std::uint16_t>(), from.as<const float>(),
                                         back.as<float>(), values.size()}));
  const auto halves = downloaded<std::uint16_t>(device, stream, bits.get(), values.size());
  const auto floats = downloaded<float>(device, stream, back.get(), values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    CAPTURE(values[i]);
    REQUIRE(halves[i] == half_from_float(values[i]));
    REQUIRE(floats[i] == float_from_half(halves[i]));
  }
}

TEST_CASE("rows a pitch apart are copied without what lies between") {
  Device& device = card();
  const Stream stream = taken(device.make_stream(StreamPriority::normal));
  const std::vector<int> rows = {1, 2, 3, -1, 4, 5, 6, -1};
  const DeviceMemory memory = uploaded(device, stream, std::vector<int>(20, 7));
  check_done(device.upload_rows(stream, memory.get(), 40, rows.data(), 16, 12, 2));
  const auto there = downloaded<int>(device, stream, memory.get(), 20);
  CHECK(there == std::vector<int>{1, 2, 3, 7, 7, 7, 7, 7, 7, 7, 4, 5, 6, 7, 7, 7, 7, 7, 7, 7});
  std::vector<int> back(8, 9);
  check_done(device.download_rows(stream, back.data(), 16, memory.get(), 40, 12, 2));
  check_done(device.synchronize(stream));
  CHECK(back == std::vector<int>{1, 2, 3, 9, 4, 5, 6, 9});
  check_done(device.fill_zero(stream, memory.get(), 8));
  CHECK(downloaded<int>(device, stream, memory.get(), 3) == std::vector<int>{0, 0, 3});
}

TEST_CASE("events order streams and time what lies between them") {
  Device& device = card();
  const Stream first = taken(device.make_stream(StreamPriority::normal));
  const Stream second = taken(device.make_stream(StreamPriority::urgent));
  const Event begin = taken(device.make_event()), end = taken(device.make_event());
  const DeviceMemory a = uploaded(device, first, std::vector<float>(1 << 16, 1.0F));
  const DeviceMemory b = uploaded(device, first, std::vector<float>(1 << 16, 1.0F));
  check_done(device.record(begin, first));
  for (int i = 0; i < 8; ++i)
    check_done(device.launch(first, shape_for(1 << 16),
                             AddScaled{a.as<float>(), b.as<const float>(), 1, 1 << 16}));
  check_done(device.record(end, first));
  check_done(device.wait(second, end));
  CHECK(downloaded<float>(device, second, a.get(), 1 << 16) == std::vector<float>(1 << 16, 9.0F));
  CHECK(taken(device.milliseconds(begin, end)) >= 0);
}
