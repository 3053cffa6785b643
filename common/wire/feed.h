// Feed link: only the newest of each key counts (design section 3). A slow consumer skips versions,
// counted as superseded; memory stays flat; it delays nobody. Both ends own one named thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/buffer.h"
#include "common/base/error.h"
#include "common/wire/bulk.h"
#include "common/wire/context.h"
#include "slicecast/v1/feed.pb.h"

namespace slicecast::wire {

struct FeedMessage {
  v1::FeedHeader header;
  ConstBufferPtr pixels;
};

class FeedProducer {
 public:
  struct Options {
    std::string name;
    std::vector<std::string> bind;
    std::uint64_t instance = 0;
  };
  struct Consumer {
    std::string name;
    std::uint64_t delivered = 0, superseded = 0;
  };

  static Result<std::unique_ptr<FeedProducer>> create(Context& context, Options options);
  virtual ~FeedProducer() = default;

  // Replaces the newest of `key` and returns its version. `header.version` 0: the producer counts;
  // else it must rise. Returns 0, and nothing is published, when it does not rise, the key is
  // empty, or the header announces more bytes than the buffer holds. Never blocks. Float32 images
  // are quantised or reduced per consumer when it asks for that.
  virtual std::uint64_t publish(const std::string& key, v1::FeedHeader header,
                                ConstBufferPtr pixels) = 0;
  virtual void remove(const std::string& key) = 0;
  virtual bool wanted(const std::string& key) const = 0;  // a live consumer subscribes to it
  // Every live consumer that subscribes to the key has taken its newest version (or it is gone).
  virtual bool taken(const std::string& key) const = 0;
  virtual std::vector<std::string> addresses() const = 0;
  virtual std::vector<Consumer> consumers() const = 0;
  virtual std::uint64_t bad_demands()
      const = 0;  // bytes that were no demand; nothing else happened
};

class FeedConsumer {
 public:
  struct Options {
    std::string name;
    std::string address;
    std::string server_key;
    std::vector<v1::Subscription> subscriptions;
    std::size_t max_message_bytes = std::size_t{1} << 30;
    std::shared_ptr<BufferPool> pool;
  };
  struct Counts {
    std::uint64_t received = 0, bytes = 0, superseded = 0, bad_header = 0, bad_size = 0;
  };

  static std::unique_ptr<FeedConsumer> create(Context& context, Options options);
  virtual ~FeedConsumer() = default;

  // The next message, or nothing at the deadline or after stop(). A header with `removed` says that
  // the key is gone; a changed instance, that everything shown before is void. Taking frees credit.
  // Call from one thread.
  virtual std::optional<FeedMessage> take(std::chrono::milliseconds deadline) = 0;
  // Replaces the list. Keys that it asks for in another encoding or size are sent again. Any
  // thread.
  virtual void subscribe(std::vector<v1::Subscription> subscriptions) = 0;
  // Points the consumer at another address. Any thread.
  virtual void connect(std::string address, std::string server_key = {}) = 0;
  virtual void stop() = 0;  // wakes take(); from any thread
  virtual Counts counts() const = 0;
  virtual LinkState state() const = 0;
  // Why the address given last cannot be used (malformed, or a key that one end does not trust).
  virtual std::optional<Error> problem() const = 0;
};

}  // namespace slicecast::wire
