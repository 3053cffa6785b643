// Many small tables in one piece of the card's memory, filled once.
#pragma once

#include <cstddef>
#include <cstring>
#include <vector>

#include "cuda/device/device.h"

namespace slicecast::cuda {

class TableMemory {
 public:
  // Adds a table and tells where it will lie; empty tables too.
  template <class T>
  std::size_t add(const std::vector<T>& table) {
    constexpr std::size_t kAlignment = 256;
    const std::size_t offset = (bytes_.size() + kAlignment - 1) / kAlignment * kAlignment;
    bytes_.resize(offset + table.size() * sizeof(T));
    if (!table.empty()) std::memcpy(bytes_.data() + offset, table.data(), table.size() * sizeof(T));
    return offset;
  }

  // Done once, after all tables have been added; the memory of this process is given back.
  Result<void> upload(Device& device) {
    auto memory = device.allocate(bytes_.empty() ? 1 : bytes_.size());
    if (!memory) return memory.error();
    memory_ = std::move(*memory);
    auto stream = device.make_stream(StreamPriority::normal);
    if (!stream) return stream.error();
    if (auto ok = device.upload(*stream, memory_.get(), bytes_.data(), bytes_.size()); !ok)
      return ok;
    if (auto ok = device.synchronize(*stream); !ok) return ok;
    bytes_ = {};
    return {};
  }

  template <class T>
  const T* at(std::size_t offset) const {
    return reinterpret_cast<const T*>(memory_.as<const unsigned char>() + offset);
  }

 private:
  std::vector<unsigned char> bytes_;
  DeviceMemory memory_;
};

}  // namespace slicecast::cuda
