// What takes a process of its own: memory of another process, and a card that fails. This program
// is started once more for the hidden case that is named.
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <numeric>
#include <string>

#include "cuda/device/cuda_device.h"
#include "cuda/kernels/add_scaled.h"
#include "cuda/tests/card.h"

using namespace slicecast;
using namespace slicecast::cuda;
using namespace slicecast::cuda::tests;

namespace {

constexpr const char* kHandle = "SLICECAST_TEST_HANDLE";
constexpr std::size_t kBytes = std::size_t{32} << 20, kOffset = 4096, kCount = 1000;

int run_case(std::string name) {
  std::string program = "cuda_tests";
  char* const arguments[] = {program.data(), name.data(), nullptr};
  pid_t child = -1;
  REQUIRE(posix_spawn(&child, "/proc/self/exe", nullptr, nullptr, arguments, environ) == 0);
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  return status;
}

std::string text_of(const IpcHandle& handle) {
  std::string text;
  for (const std::byte one : handle.bytes) {
    text += static_cast<char>('a' + (std::to_integer<int>(one) >> 4));
    text += static_cast<char>('a' + (std::to_integer<int>(one) & 15));
  }
  return text;
}

IpcHandle handle_of(const std::string& text) {
  IpcHandle handle;
  REQUIRE(text.size() == 2 * handle.bytes.size());
  for (std::size_t i = 0; i < handle.bytes.size(); ++i)
    handle.bytes[i] = static_cast<std::byte>((text[2 * i] - 'a') << 4 | (text[2 * i + 1] - 'a'));
  return handle;
}

}  // namespace

TEST_CASE("a handle that names nothing is refused, and the card goes on") {
  CHECK_FALSE(card().import_memory(IpcHandle{}, kBytes));
  CHECK_FALSE(card().failure());
  CHECK(card().memory_state());
}

TEST_CASE("memory that this process exports is read and written by another", "[process]") {
  const Stream stream = taken(card().make_stream(StreamPriority::normal));
  const DeviceMemory memory = taken(card().allocate_shareable(kBytes));
  std::vector<float> values(kCount);
  std::iota(values.begin(), values.end(), 1.0F);
  float* const there = reinterpret_cast<float*>(memory.as<unsigned char>() + kOffset);
  check_done(card().upload(stream, there, values.data(), kCount * sizeof(float)));
  check_done(card().synchronize(stream));
  const std::string handle = text_of(taken(card().export_memory(memory)));
  REQUIRE(setenv(kHandle, handle.c_str(), 1) == 0);
  const int status = run_case("the process that maps the memory of the other");
  REQUIRE(unsetenv(kHandle) == 0);
  REQUIRE(status == 0);
  for (float& value : values) value *= 2;
  CHECK(downloaded<float>(card(), stream, there, kCount) == values);
}

TEST_CASE("the process that maps the memory of the other", "[.]") {
  const char* const text = std::getenv(kHandle);
  REQUIRE(text != nullptr);
  const ImportedMemory memory = taken(card().import_memory(handle_of(text), kBytes));
  const Stream stream = taken(card().make_stream(StreamPriority::normal));
  float* const there = reinterpret_cast<float*>(memory.as<unsigned char>() + kOffset);
  const DeviceMemory same =
      uploaded(card(), stream, downloaded<float>(card(), stream, there, kCount));
  check_done(card().launch(stream, shape_for(kCount),
                           AddScaled{there, same.as<const float>(), 1, kCount}));
  check_done(card().synchronize(stream));
}

TEST_CASE("a kernel that leaves its memory is told by the next wait, and by every call after it",
          "[process]") {
  CHECK(run_case("the process whose card fails") == 0);
  CHECK_FALSE(card().failure());  // this process has a context of its own
}

TEST_CASE("the process whose card fails", "[.]") {
  const auto device = open_card();
  const Stream stream = taken(device->make_stream(StreamPriority::normal));
  const auto nowhere = std::uintptr_t{1} << 20;
  auto* const outside = reinterpret_cast<float*>(nowhere);
  check_done(device->launch(stream, shape_for(32), AddScaled{outside, outside, 1, 32}));
  const auto waited = device->synchronize(stream);
  REQUIRE_FALSE(waited);
  CHECK_THAT(waited.error().message,
             Catch::Contains("failed in") && Catch::Contains("restart the program"));
  REQUIRE(device->failure());
  CHECK(device->failure()->message == waited.error().message);
  CHECK_FALSE(device->allocate(64));
  CHECK_FALSE(device->make_stream(StreamPriority::urgent));
}
