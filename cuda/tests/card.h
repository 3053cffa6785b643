// The card that the cases of this program run on: simulated or real, see simulated/ and real/.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "cuda/device/device.h"

namespace slicecast::cuda::tests {

std::shared_ptr<Device> open_card();  // null where there is none
Device& card();                       // one for the whole program; fails the case without one

inline void check_done(const Result<void>& result) {
  INFO((result ? std::string() : result.error().message));
  REQUIRE(static_cast<bool>(result));
}
template <class T>
T taken(Result<T> result) {
  INFO((result ? std::string() : result.error().message));
  REQUIRE(static_cast<bool>(result));
  return std::move(*result);
}

template <class T>
DeviceMemory uploaded(Device& device, const Stream& stream, const std::vector<T>& values) {
  auto memory = taken(device.allocate(values.size() * sizeof(T)));
  check_done(device.upload(stream, memory.get(), values.data(), values.size() * sizeof(T)));
  check_done(device.synchronize(stream));
  return memory;
}
template <class T>
std::vector<T> downloaded(Device& device, const Stream& stream, const void* from,
                          std::size_t count) {
  std::vector<T> values(count);
  check_done(device.download(stream, values.data(), from, count * sizeof(T)));
  check_done(device.synchronize(stream));
  return values;
}

}  // namespace slicecast::cuda::tests
