#include "common/wire/bulk_ring.h"

namespace slicecast::wire {

std::uint64_t BulkRing::push(RingMessage message) {
  bytes_ += message.bytes;
  messages_.push_back(std::move(message));
  while (messages_.size() > 1 && (bytes_ > max_bytes_ || messages_.size() > max_messages_))
    drop_oldest();
  return end() - 1;
}

void BulkRing::forget_before(std::uint64_t sequence) {
  while (!messages_.empty() && oldest_ < sequence) drop_oldest();
}

void BulkRing::drop_oldest() {
  bytes_ -= messages_.front().bytes;
  messages_.pop_front();
  ++oldest_;
}

}  // namespace slicecast::wire
