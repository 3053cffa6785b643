// Offset of a server's clock from round trips (Cristian 1989): the reply was stamped somewhere
// between sending and receiving, so the shortest trip bounds the error best. Old trips are let go,
// because clocks drift. Thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>

#include "common/wire/control.h"

namespace slicecast::wire {

class ClockEstimate {
 public:
  // All in ns since the Unix epoch; `sent` and `received` by our clock.
  void add(std::int64_t sent, std::int64_t received, std::int64_t server_time);
  void restart();  // another server
  ClockOffset best() const;

 private:
  mutable std::mutex mutex_;
  std::deque<ClockOffset> recent_;
};

}  // namespace slicecast::wire
