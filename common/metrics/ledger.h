// The account of what happened to every item (design section 7). At every snapshot
// received = done + sum(dropped) + in_flight, exactly.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>

namespace slicecast::metrics {

enum class Drop : std::uint8_t {
  late,             // arrived after its slot holds newer content
  duplicate,        // the same id again
  queue_full,       // the bounded queue before a stage was full
  bad_header,       // the header does not parse or contradicts itself
  bad_size,         // pixels and announced shape differ
  bad_compression,  // compressed pixels that do not decompress
  wrong_scan,       // belongs to a scan that is over or unknown
  shed_by_policy,   // left out on purpose (overload, rate limit, sampling)
  superseded,       // feeds: a newer version took its place
  fell_off_ring,    // bulk: the producer's ring no longer had it
  no_flat,          // cannot be corrected: no flat, no I0, not already linear
  failed,           // plugins: the node gave up on it; slices: the device failed, it comes again
  not_finite,       // plugins: a result with NaN or infinity
  bad_label,        // plugins: a result with a class that its table does not have
};
const char* to_string(Drop reason);
inline constexpr int kDropReasons = 14;

struct LedgerSnapshot {
  std::string flow;
  std::uint64_t received = 0, done = 0, in_flight = 0;
  std::array<std::uint64_t, kDropReasons> dropped{};
  std::uint64_t expected = 0, missing = 0;  // expected = unique received + missing
  std::uint64_t dropped_in_all() const;
  bool closes() const;  // false as well when an item was settled more often than received
};

// Thread-safe; one mutex, so that a snapshot is one moment.
class Ledger {
 public:
  explicit Ledger(std::string flow) : flow_(std::move(flow)) {}
  void receive(std::uint64_t count = 1);            // in flight from now on
  void finish(std::uint64_t count = 1);             // in flight -> done
  void drop(Drop reason, std::uint64_t count = 1);  // in flight -> dropped
  void receive_and_drop(Drop reason, std::uint64_t count = 1);
  void set_missing(std::uint64_t expected, std::uint64_t missing);
  LedgerSnapshot snapshot() const;

 private:
  const std::string flow_;
  mutable std::mutex mutex_;
  LedgerSnapshot state_;
};

}  // namespace slicecast::metrics
