// libzmq hands a message over when its last part has come, and until then keeps all parts, however
// many: a peer that sends parts without end would take all memory, and no option of libzmq limits
// that. What can be seen from outside is that the process grows while a link hands nothing over.
// Used by one thread.
#pragma once

#include <chrono>
#include <cstddef>

namespace slicecast::wire {

class GrowthGuard {
 public:
  // `allowed`: bytes by which the process may grow between two messages of the link.
  explicit GrowthGuard(std::size_t allowed);
  void heard() { heard_ = true; }  // the link handed something over, or was opened
  bool exceeded();                 // looks at most every 50 ms, because looking takes microseconds

 private:
  const std::size_t allowed_;
  std::size_t resident_ = 0;  // when it was heard last
  bool heard_ = true;
  std::chrono::steady_clock::time_point next_look_;
};

}  // namespace slicecast::wire
