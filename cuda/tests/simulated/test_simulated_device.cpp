// How the simulated card refuses, fails, counts and shares.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>

#include "cuda/device/simulated_device.h"
#include "cuda/kernels/add_scaled.h"
#include "cuda/tests/card.h"
#include "cuda/tests/kernels_for_tests.h"

using namespace slicecast;
using namespace slicecast::cuda;
using namespace slicecast::cuda::tests;

namespace {

std::string refusal(const std::string& text) {
  const auto options = SimulatedOptions::parse(text);
  REQUIRE(static_cast<bool>(options));
  const auto device = SimulatedDevice::open(*options);
  return device ? "" : device.error().message;
}

// Depends on the order of the threads: a race.
struct LastWins {
  int* value;
  SLICECAST_HD void operator()(const Thread& t) const { *value = static_cast<int>(t.thread); }
};

// Each thread of a block adds what its neighbour has in shared memory, which is fine when each has
// written in the phase before, and a race when it writes in the same one. `apart` of 0: all write
// one word.
template <bool kBarrier>
struct AddNeighbour {
  static constexpr int kPhases = 2;
  struct Registers {};
  float* sums;
  int apart = 1;
  template <int kPhase>
  SLICECAST_HD void phase(const Thread& t, unsigned char* shared, Registers&) const {
    auto* const values = reinterpret_cast<float*>(shared);
    if (kPhase == 0) values[t.thread * apart] = static_cast<float>(t.thread);
    if (kPhase == (kBarrier ? 1 : 0))
      sums[t.thread] = values[t.thread] + values[(t.thread + 1) % t.threads];
  }
};

template <class Kernel>
std::string race_in(const Kernel& kernel, std::vector<float>& sums, ThreadOrder order) {
  const auto device = taken(SimulatedDevice::open({.order = order, .check_races = true}));
  const Stream stream = taken(device->make_stream(StreamPriority::normal));
  const DeviceMemory memory = taken(device->allocate(8 * sizeof(float)));
  Kernel on_card = kernel;
  on_card.sums = memory.as<float>();
  const auto done =
      device->launch(stream, {.threads = 8, .shared_bytes = 8 * sizeof(float)}, on_card);
  sums = downloaded<float>(*device, stream, memory.get(), 8);
  return done ? "" : done.error().message;
}

}  // namespace

TEST_CASE("a missing and an old driver are told apart, with what to do") {
  CHECK_THAT(refusal("driver=none"), Catch::Contains("no NVIDIA driver"));
  CHECK_THAT(refusal("driver=12040"), Catch::Contains("supports CUDA 12.4") &&
                                          Catch::Contains("install driver 580 or newer"));
  CHECK(refusal("driver=13010").empty());
}

TEST_CASE("options of the simulated card that mean nothing are refused by name") {
  for (const char* text :
       {"memory", "memory=", "memory=x", "size=3", "order=sideways", "lost_after=99999999999"}) {
    CAPTURE(text);
    const auto options = SimulatedOptions::parse(text);
    REQUIRE_FALSE(options);
    CHECK_THAT(options.error().message, Catch::Contains(text));
  }
  const auto options = SimulatedOptions::parse("memory=3  lost_after=7 order=falling index=2");
  REQUIRE(static_cast<bool>(options));
  CHECK(options->memory_bytes == 3 << 20);
  CHECK(options->lost_after_launches == 7);
  CHECK(options->order == ThreadOrder::falling);
  CHECK(options->index == 2);
}

TEST_CASE("memory beyond the limit is refused, and what is given back can be had again") {
  const auto device = taken(SimulatedDevice::open({.memory_bytes = 1000}));
  auto first = taken(device->allocate(600));
  const auto refused = device->allocate(500);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::resource_exhausted);
  CHECK_FALSE(device->failure());
  first = {};
  CHECK(taken(device->allocate(1000)).bytes() == 1000);
  CHECK(device->counts().allocated_bytes == 0);
  CHECK(device->counts().most_allocated_bytes == 1000);
}

TEST_CASE("a card that is lost stays lost, and says in which call") {
  const auto device = taken(SimulatedDevice::open({.lost_after_launches = 1}));
  const Stream stream = taken(device->make_stream(StreamPriority::normal));
  const DeviceMemory memory = taken(device->allocate(64));
  const AddScaled kernel{memory.as<float>(), memory.as<const float>(), 0, 0};
  check_done(device->launch(stream, {}, kernel));
  CHECK_FALSE(device->failure());
  CHECK_FALSE(device->launch(stream, {}, kernel));
  REQUIRE(device->failure());
  CHECK_THAT(device->failure()->message, Catch::Contains("failed in a launch"));
  CHECK_FALSE(device->synchronize(stream));
  CHECK_FALSE(device->allocate(1));
  CHECK(device->counts().launches == 1);
}

TEST_CASE("files say when a card is lost or full") {
  const std::string path = "/tmp/slicecast-card-" + std::to_string(getpid());
  const auto options = taken(SimulatedOptions::parse("memory=9 taken=4 lost_when=" + path +
                                                     "-lost full_when=" + path + "-full"));
  const auto device = taken(SimulatedDevice::open(options));
  CHECK(taken(device->memory_state()).free_bytes == 5 << 20);
  CHECK_FALSE(device->allocate(6 << 20));
  const DeviceMemory memory = taken(device->allocate(4 << 20));
  std::ofstream(path + "-full").put('x');
  CHECK_FALSE(device->allocate(1));
  CHECK_FALSE(device->failure());
  std::remove((path + "-full").c_str());
  CHECK(device->allocate(1));
  std::ofstream(path + "-lost").put('x');
  CHECK(device->failure());
  CHECK_FALSE(device->allocate(1));
  std::remove((path + "-lost").c_str());
  CHECK(device->failure());
}

TEST_CASE("a race shows when the threads run the other way round") {
  int last[2];
  for (const ThreadOrder order : {ThreadOrder::rising, ThreadOrder::falling}) {
    const auto device = taken(SimulatedDevice::open({.order = order}));
    const Stream stream = taken(device->make_stream(StreamPriority::normal));
    const DeviceMemory memory = taken(device->allocate(sizeof(int)));
    check_done(device->launch(stream, {.threads = 32}, LastWins{memory.as<int>()}));
    last[static_cast<int>(order)] = downloaded<int>(*device, stream, memory.get(), 1)[0];
  }
  CHECK(last[0] == 31);
  CHECK(last[1] == 0);
}

TEST_CASE(
    "what threads read before the barrier is no number, and what two of them write is refused") {
  for (const ThreadOrder order : {ThreadOrder::rising, ThreadOrder::falling}) {
    std::vector<float> sums;
    CHECK(race_in(AddNeighbour<true>{}, sums, order).empty());
    CHECK(sums == std::vector<float>{1, 3, 5, 7, 9, 11, 13, 7});
    CHECK(race_in(AddNeighbour<false>{}, sums, order).empty());
    CHECK(std::ranges::all_of(sums, [](float sum) { return std::isnan(sum); }));
    CHECK_THAT(race_in(AddNeighbour<true>{nullptr, 0}, sums, order),
               Catch::Contains("wrote 7 words") && Catch::Contains("put a barrier"));
  }
}

TEST_CASE("a card that is too old for the kernels is refused before the first launch") {
  CHECK_THAT(refusal("compute=75"), Catch::Contains("has compute capability 7.5") &&
                                        Catch::Contains("needs 8.0") &&
                                        Catch::Contains("backend cpu"));
  CHECK(refusal("compute=80").empty());
  CHECK(refusal("compute=120").empty());
}

TEST_CASE("exported memory is the same memory in another process") {
  const auto device = taken(SimulatedDevice::open({}));
  const DeviceMemory own = taken(device->allocate(64));
  CHECK_FALSE(device->export_memory(own));
  const DeviceMemory memory = taken(device->allocate_shareable(4096));
  memory.as<int>()[5] = 17;
  const IpcHandle handle = taken(device->export_memory(memory));
  CHECK_FALSE(device->import_memory(handle, 8192));  // not its size
  const pid_t child = fork();
  if (child == 0) {
    const auto imported = device->import_memory(handle, 4096);
    if (!imported || imported->as<int>()[5] != 17) _exit(1);
    imported->as<int>()[6] = 18;
    _exit(0);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(memory.as<int>()[6] == 18);
}
