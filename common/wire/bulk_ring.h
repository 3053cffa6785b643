// The newest messages of a bulk link, within a budget of bytes and messages. Not thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "common/base/buffer.h"

namespace slicecast::wire {

struct RingMessage {
  std::string header;  // serialised, without sequence and oldest
  ConstBufferPtr pixels;
  std::size_t bytes = 0;  // of the pixels
  // For consumers that share the card: the header that names the place, and what keeps it.
  std::string card_header;
  std::shared_ptr<const void> card_image;
};

class BulkRing {
 public:
  BulkRing(std::size_t max_bytes, std::size_t max_messages)
      : max_bytes_(max_bytes), max_messages_(max_messages) {}

  // Appends; the oldest fall out when over budget, but the newest always stays.
  std::uint64_t push(RingMessage message);
  void forget_before(std::uint64_t sequence);

  std::uint64_t oldest() const { return oldest_; }
  std::uint64_t end() const { return oldest_ + messages_.size(); }  // the next to be published
  // `sequence` in [oldest, end).
  const RingMessage& at(std::uint64_t sequence) const { return messages_[sequence - oldest_]; }
  std::size_t bytes() const { return bytes_; }

 private:
  void drop_oldest();

  const std::size_t max_bytes_;
  const std::size_t max_messages_;
  std::deque<RingMessage> messages_;
  std::uint64_t oldest_ = 1;
  std::size_t bytes_ = 0;
};

}  // namespace slicecast::wire
