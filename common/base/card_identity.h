// Which graphics card, and on which running host: two processes that agree on both may hand over
// images inside the card's memory.
#pragma once

#include <string>

namespace slicecast {

struct CardIdentity {
  std::string uuid;  // "GPU-..."; empty: none
  std::string host;  // host_identity()
  bool known() const { return !uuid.empty() && !host.empty(); }
  friend bool operator==(const CardIdentity&, const CardIdentity&) = default;
};

// Differs between hosts and between boots of one host; empty when the kernel does not tell.
std::string host_identity();

}  // namespace slicecast
