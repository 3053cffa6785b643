// One consumer's place in a bulk ring, and how much more it may be sent. Not thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "common/base/card_identity.h"
#include "common/wire/bulk_ring.h"
#include "slicecast/v1/bulk.pb.h"

namespace slicecast::wire {

class BulkCursor {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // A consumer that is new here, by its first demand.
  BulkCursor(const v1::BulkDemand& demand, std::uint64_t instance, const BulkRing& ring, Time now);

  void heard(const v1::BulkDemand& demand, std::uint64_t instance, const BulkRing& ring, Time now);

  // The same consumer over a new connection: takes over its losses, but for those that it never
  // learned of, because what was sent after them was lost with the connection. They count anew.
  void inherit(const BulkCursor& former);

  // Counts what fell off the ring, then says whether the message next() may be sent.
  bool may_send(const BulkRing& ring);
  std::uint64_t next() const { return next_; }
  // `image` is held until the consumer has taken the message, however long that takes.
  void sent(std::size_t bytes, Time now, std::shared_ptr<const void> image = nullptr);

  // Published and not yet taken by the application.
  std::uint64_t backlog(const BulkRing& ring) const;

  std::string name;
  std::uint64_t lost = 0;
  bool needs_preamble = false;
  bool blocked = false;  // its pipe was full; until its next demand
  bool absent = false;   // silent for 3 s: nothing is sent, nobody waits for it
  CardIdentity card;     // that it can map memory of
  Time last_heard, last_sent;

 private:
  void acknowledge(std::uint64_t next_sequence, std::uint64_t next_receive);
  void skip_to(std::uint64_t oldest);

  struct InFlight {
    std::uint64_t sequence;
    std::size_t bytes;
    std::shared_ptr<const void> image;
  };
  struct Gap {  // of the sequences from `first` on, `count` fell off
    std::uint64_t first, count;
  };
  std::uint64_t taken_ = 0;  // everything before has been taken (or lost)
  std::uint64_t next_ = 0;
  std::size_t window_ = 0;
  std::deque<InFlight> in_flight_;
  std::size_t bytes_in_flight_ = 0;
  std::deque<Gap> unseen_gaps_;  // at most one per message in flight, and one more
};

}  // namespace slicecast::wire
