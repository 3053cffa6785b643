// Adds a field to a serialised protobuf message. The format says that of a scalar field given twice
// the last one counts, so a header is serialised once and stamped for each receiver.
#pragma once

#include <cstdint>
#include <string>

namespace slicecast::wire {

inline void append_varint(std::string& message, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) message += static_cast<char>(value | 0x80);
  message += static_cast<char>(value);
}

inline void append_varint_field(std::string& message, int field, std::uint64_t value) {
  append_varint(message, static_cast<std::uint64_t>(field) << 3);
  append_varint(message, value);
}

}  // namespace slicecast::wire
