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
#include <utility>
#include <vector>

#include "common/base/buffer.h"
#include "common/base/card_identity.h"
#include "common/base/error.h"
#include "common/wire/context.h"
#include "common/wire/link_state.h"
#include "slicecast/v1/bulk.pb.h"

namespace slicecast::wire {

struct BulkMessage {
  v1::BulkHeader header;
  ConstBufferPtr pixels;  // null when the header announces none, and when it has card_pixels
};

// The pixels of a message once more, in the memory of the producer's card. `image` keeps them
// there: as long as the message is in the ring or on its way to a consumer that was sent its place.
struct PixelsOnCard {
  v1::CardPixels place;
  std::shared_ptr<const void> image;  // null: none
};

class BulkProducer {
 public:
  struct Options {
    std::string name;               // for the thread and the log
    std::vector<std::string> bind;  // see default_addresses()
    std::uint64_t instance = 0;
    std::size_t ring_bytes = std::size_t{256} << 20;  // pixels kept for late consumers
    std::size_t ring_messages = 100000;
    CardIdentity card;  // on which PixelsOnCard are; unknown: none are
  };
  struct Consumer {
    std::string name;
    bool shares_card = false;  // it can map images on the producer's card
    std::uint64_t next_sequence = 0;
    std::uint64_t lost = 0;     // fell off the end of the ring
    std::uint64_t backlog = 0;  // published, not yet taken
  };

  static Result<std::unique_ptr<BulkProducer>> create(Context& context, Options options);
  virtual ~BulkProducer() = default;

  // Appends to the ring and returns the sequence; never blocks on a consumer. The oldest messages
  // fall out when the ring is over its budget. `header.pixels.bytes` must equal the buffer's use;
  // 0 is returned, and nothing published, when the header announces more than the buffer holds.
  // Consumers that share the card get the place of `on_card`, all others the pixels.
  virtual std::uint64_t publish(v1::BulkHeader header, ConstBufferPtr pixels,
                                PixelsOnCard on_card) = 0;
  std::uint64_t publish(v1::BulkHeader header, ConstBufferPtr pixels) {
    return publish(std::move(header), std::move(pixels), {});
  }

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
  virtual std::uint64_t handed_over() const = 0;  // messages sent as places on the card
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
    CardIdentity card;  // whose memory the application can map; unknown: none
    // Begins with this message of this instance, if the producer still has it; 0: as said above.
    std::uint64_t resume_instance = 0, resume_sequence = 0;
  };
  struct Counts {
    std::uint64_t received = 0, bytes = 0;
    std::uint64_t on_card = 0;        // received as places on the card
    std::uint64_t fell_off_ring = 0;  // sequences that the producer no longer had
    std::uint64_t bad_header = 0, bad_size = 0;
    std::uint64_t duplicates = 0;  // sent again after a reconnect though received before
    std::uint64_t instances = 0;   // producer instances seen
  };

  static std::unique_ptr<BulkConsumer> create(Context& context, Options options);
  virtual ~BulkConsumer() = default;

  // The next message in order, or nothing at the deadline or after stop(). Taking frees credit; for
  // a message with card_pixels the next call does, so copy the image before that. Call from one
  // thread.
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
