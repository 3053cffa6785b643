#include "common/wire/growth_guard.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

namespace slicecast::wire {
namespace {

constexpr std::chrono::milliseconds kGrowthLookPeriod{50};

// 0 where the system does not tell. Some microseconds, without memory of its own.
std::size_t resident_bytes() {
  const int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  std::array<char, 128> text{};
  const auto length = read(file, text.data(), text.size() - 1);
  close(file);
  if (length <= 0) return 0;
  char* end = nullptr;
  std::strtoull(text.data(), &end, 10);  // all of the address space
  const auto pages = std::strtoull(end, nullptr, 10);
  return static_cast<std::size_t>(pages) * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

GrowthGuard::GrowthGuard(std::size_t allowed) : allowed_(allowed) {}

bool GrowthGuard::exceeded() {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_look_) return false;
  next_look_ = now + kGrowthLookPeriod;
  const std::size_t resident = resident_bytes();
  if (heard_ || resident < resident_) resident_ = resident;
  heard_ = false;
  return resident - resident_ > allowed_;
}

}  // namespace slicecast::wire
