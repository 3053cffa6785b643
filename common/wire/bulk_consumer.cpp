#include <algorithm>
#include <atomic>

#include "common/wire/bulk.h"
#include "common/wire/consumer_name.h"
#include "common/wire/queueing_consumer.h"

namespace slicecast::wire {
namespace {

class DealerBulkConsumer final : public QueueingConsumer<BulkConsumer, BulkMessage> {
 public:
  DealerBulkConsumer(Context& context, const Options& options)
      : name_(consumer_name(options.name)),
        window_(std::max(options.window, 1u)),
        from_newest_(options.from_newest),
        card_(options.card),
        instance_(options.resume_instance),
        next_receive_(options.resume_sequence),
        loop_(context, "bulk<" + options.name, options.max_message_bytes, options.pool, *this) {
    if (!options.address.empty()) loop_.connect(options.address, options.server_key);
  }

  std::optional<BulkMessage> take(std::chrono::milliseconds deadline) override;

 private:
  DealerLoop& loop() override { return loop_; }
  const DealerLoop& loop() const override { return loop_; }
  std::string demand() override;
  bool header(std::span<const char> bytes, const v1::PixelFormat*& pixels) override {
    return parse(bytes, parsed_, pixels);
  }
  void message(ConstBufferPtr pixels) override;
  void bad_size() override;
  bool full() const override { return queued_.load() > 2 * window_ + 256; }

  // Follows instance and sequence of the parsed header. False: a duplicate.
  bool advance();

  const std::string name_;
  const std::uint32_t window_;
  const bool from_newest_;
  const CardIdentity card_;
  v1::BulkHeader parsed_;  // the loop's thread only

  std::atomic<std::size_t> queued_{0};
  std::uint64_t instance_;
  std::uint64_t next_receive_;  // 0: nothing yet of this instance
  // The application is copying its image out of the card's memory.
  std::uint64_t held_instance_ = 0, held_sequence_ = 0;
  std::uint32_t taken_since_demand_ = 0;
  DealerLoop loop_;  // last: its thread uses all of the above
};

std::optional<BulkMessage> DealerBulkConsumer::take(std::chrono::milliseconds deadline) {
  std::unique_lock lock(mutex_);
  const bool released = held_sequence_ != 0;
  held_sequence_ = 0;
  if (released && queue_.empty()) {
    lock.unlock();
    loop_.request_demand();
    lock.lock();
  }
  auto message = next(lock, deadline);
  if (!message) return message;
  queued_.store(queue_.size());
  if (message->header.has_card_pixels()) {
    held_instance_ = message->header.instance();
    held_sequence_ = message->header.sequence();
  }
  // While more is queued nobody waits for this credit: a demand per few messages spares wake-ups.
  const bool tell = queue_.empty() || ++taken_since_demand_ >= std::max(window_ / 8, 1u);
  if (tell) taken_since_demand_ = 0;
  lock.unlock();
  if (tell) loop_.request_demand();
  return message;
}

std::string DealerBulkConsumer::demand() {
  v1::BulkDemand demand;
  std::lock_guard lock(mutex_);
  std::uint32_t foreign = 0;
  std::uint64_t first_untaken = next_receive_;
  const bool holds = held_sequence_ != 0 && held_instance_ == instance_;
  if (holds) first_untaken = held_sequence_;
  for (const auto& queued : queue_) {
    if (holds) break;
    if (queued.header.instance() != instance_) {
      ++foreign;
    } else if (queued.header.sequence() != 0) {
      first_untaken = queued.header.sequence();
      break;
    }
  }
  demand.set_instance(instance_);
  demand.set_next_sequence(first_untaken);
  demand.set_next_receive(next_receive_);
  // Messages of an earlier instance still fill the queue.
  demand.set_window(window_ > foreign ? window_ - foreign : 1);
  demand.set_consumer(name_);
  demand.set_from_newest(from_newest_);
  if (card_.known()) {
    demand.mutable_card()->set_uuid(card_.uuid);
    demand.mutable_card()->set_host(card_.host);
  }
  return demand.SerializeAsString();
}

bool DealerBulkConsumer::advance() {
  if (parsed_.instance() != instance_) {
    instance_ = parsed_.instance();
    next_receive_ = 0;
    ++counts_.instances;
  }
  const std::uint64_t sequence = parsed_.sequence();
  if (sequence == 0) return true;
  if (sequence < next_receive_) {
    ++counts_.duplicates;
    return false;
  }
  if (next_receive_ != 0) counts_.fell_off_ring += sequence - next_receive_;
  next_receive_ = sequence + 1;
  return true;
}

void DealerBulkConsumer::message(ConstBufferPtr pixels) {
  {
    std::lock_guard lock(mutex_);
    if (!advance()) return;
    const bool keep_alive = parsed_.sequence() == 0 && parsed_.payload_case() == 0;
    if (keep_alive) return;
    ++counts_.received;
    if (pixels) counts_.bytes += pixels->size();
    if (parsed_.has_card_pixels()) ++counts_.on_card;
    queue_.push_back({std::move(parsed_), std::move(pixels)});
    queued_.store(queue_.size());
    parsed_ = v1::BulkHeader();
  }
  arrived_.notify_one();
}

void DealerBulkConsumer::bad_size() {
  {
    std::lock_guard lock(mutex_);
    ++counts_.bad_size;
    advance();  // it will not come again in a better shape
  }
  loop_.request_demand();
}

}  // namespace

std::unique_ptr<BulkConsumer> BulkConsumer::create(Context& context, Options options) {
  return std::make_unique<DealerBulkConsumer>(context, options);
}

}  // namespace slicecast::wire
