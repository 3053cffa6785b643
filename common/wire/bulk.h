// Bulk link: every message counts (design section 3). The producer keeps one ring; every consumer
// has its own cursor into it; nobody waits for anybody. Both ends own one named thread for their
// socket.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/buffer.h"
#include "common/base/error.h"
#include "common/wire/context.h"
#include "common/wire/link_state.h"
#include "slicecast/v1/bulk.pb.h"

namespace slicecast::wire {

struct BulkMessage {
  v1::BulkHeader header;
  ConstBufferPtr pixels;  // null when the header announces none
};

class BulkProducer {
 public:
  struct Options {
    std::string name;               // for the thread and the log
    std::vector<std::string> bind;  // see default_addresses()
    std::uint64_t instance = 0;
    std::size_t ring_bytes = std::size_t{256} << 20;  // pixels kept for late consumers
    std::size_t ring_messages = 100000;
  };
  struct Consumer {
    std::string name;
    std::uint64_t next_sequence = 0;
    std::uint64_t lost = 0;     // fell off the end of the ring
    std::uint64_t backlog = 0;  // published, not yet taken
  };

  static Result<std::unique_ptr<BulkProducer>> create(Context& context, Options options);
  virtual ~BulkProducer() = default;

  // Appends to the ring and returns the sequence; never blocks on a consumer. The oldest messages
  // fall out when the ring is over its budget. `header.pixels.bytes` must equal the buffer's use;
  // 0 is returned, and nothing published, when the header announces more than the buffer holds.
  virtual std::uint64_t publish(v1::BulkHeader header, ConstBufferPtr pixels) = 0;

  // Header-only messages that every new consumer gets before its first ring message (sequence 0),
  // so that a consumer that starts late knows the scan. Replaces the previous preamble.
  virtual void set_preamble(std::vector<v1::BulkHeader> headers) = 0;

  // Drops everything in the ring published before `sequence` (a new scan or epoch made it useless).
  virtual void forget_before(std::uint64_t sequence) = 0;

  // True once every live consumer has taken all but `backlog` messages (and there is one, when
  // `need_consumer`); false at the deadline. For sources that prefer waiting to losing.
  virtual bool wait_for_consumers(std::uint64_t backlog, bool need_consumer,
                                  std::chrono::milliseconds deadline) = 0;

  virtual std::vector<std::string> addresses() const = 0;
  virtual std::vector<Consumer> consumers() const = 0;
  virtual std::size_t ring_bytes_used() const = 0;
  virtual std::uint64_t bad_demands()
      const = 0;  // bytes that were no demand; nothing else happened
};

class BulkConsumer {
 public:
  struct Options {
    std::string name;
    std::string address;                                   // empty: not connected until connect()
    std::string server_key;                                // CURVE, Z85
    std::uint32_t window = 32;                             // messages in flight
    std::size_t max_message_bytes = std::size_t{1} << 30;  // announced sizes above are refused
    bool from_newest = false;
    std::shared_ptr<BufferPool> pool;
  };
  struct Counts {
    std::uint64_t received = 0, bytes = 0;
    std::uint64_t fell_off_ring = 0;  // sequences that the producer no longer had
    std::uint64_t bad_header = 0, bad_size = 0;
    std::uint64_t duplicates = 0;  // sent again after a reconnect though received before
    std::uint64_t instances = 0;   // producer instances seen
  };

  static std::unique_ptr<BulkConsumer> create(Context& context, Options options);
  virtual ~BulkConsumer() = default;

  // The next message in order, or nothing at the deadline or after stop(). Taking frees credit.
  // Call from one thread.
  virtual std::optional<BulkMessage> take(std::chrono::milliseconds deadline) = 0;
  // Points the consumer at another address (a producer that came back elsewhere).
  virtual void connect(std::string address, std::string server_key = {}) = 0;
  virtual void stop() = 0;  // wakes take(); from any thread
  virtual Counts counts() const = 0;
  virtual LinkState state() const = 0;
  // Why the address given last cannot be used (malformed, or a key that one end does not trust).
  virtual std::optional<Error> problem() const = 0;
};

}  // namespace slicecast::wire
