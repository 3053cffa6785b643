#include "tests/unit/ingest/mutation.h"

#include <algorithm>

namespace slicecast::ingest::test {

std::string mutated(std::string bytes, std::mt19937& random) {
  const auto below = [&](std::size_t limit) {
    return static_cast<std::size_t>(random()) % std::max<std::size_t>(1, limit);
  };
  for (std::size_t round = 0, rounds = 1 + below(4); round < rounds; ++round) {
    const std::size_t at = below(bytes.size() + 1);
    switch (below(5)) {
      case 0:
        if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
        break;
      case 1:
        if (at < bytes.size()) bytes[at] = static_cast<char>(below(256));
        break;
      case 2: bytes.resize(at); break;
      case 3: bytes.insert(at, bytes.substr(0, below(64))); break;
      default: bytes.insert(at, 1 + below(8), "0123456789[]{}\"-"[below(16)]); break;
    }
  }
  return bytes;
}

}  // namespace slicecast::ingest::test
