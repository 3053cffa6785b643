#include <map>

#include "common/wire/consumer_name.h"
#include "common/wire/feed.h"
#include "common/wire/feed_board.h"
#include "common/wire/queueing_consumer.h"

namespace slicecast::wire {
namespace {

constexpr std::size_t kMaxKeys =
    4096;  // as many as a producer listens to; beyond, some are sent twice
constexpr std::size_t kMaxQueued = 1024;  // one in flight, so only a producer gone wrong gets here

class DealerFeedConsumer final : public QueueingConsumer<FeedConsumer, FeedMessage> {
 public:
  DealerFeedConsumer(Context& context, const Options& options)
      : name_(consumer_name(options.name)),
        subscriptions_(options.subscriptions),
        loop_(context, "feed<" + options.name, options.max_message_bytes, options.pool, *this) {
    if (!options.address.empty()) loop_.connect(options.address, options.server_key);
  }

  std::optional<FeedMessage> take(std::chrono::milliseconds deadline) override;
  void subscribe(std::vector<v1::Subscription> subscriptions) override;

 private:
  DealerLoop& loop() override { return loop_; }
  const DealerLoop& loop() const override { return loop_; }
  struct Held {
    std::uint64_t version = 0;
    std::uint64_t bytes = 0;  // tells encodings of one version apart
  };

  std::string demand() override;
  bool header(std::span<const char> bytes, const v1::PixelFormat*& pixels) override;
  void message(ConstBufferPtr pixels) override;
  void bad_size() override;
  bool full() const override { return false; }

  bool is_new();  // the parsed header, against what is held
  void enqueue(ConstBufferPtr pixels);

  const std::string name_;
  v1::FeedHeader parsed_;  // the loop's thread only

  std::vector<v1::Subscription> subscriptions_;
  std::map<std::string, Held> held_;
  std::uint64_t instance_ = 0;
  std::uint64_t last_taken_ = 0;
  DealerLoop loop_;  // last: its thread uses all of the above
};

std::optional<FeedMessage> DealerFeedConsumer::take(std::chrono::milliseconds deadline) {
  std::unique_lock lock(mutex_);
  auto message = next(lock, deadline);
  if (!message) return message;
  last_taken_ = message->header.delivery();
  lock.unlock();
  loop_.request_demand();
  return message;
}

void DealerFeedConsumer::subscribe(std::vector<v1::Subscription> subscriptions) {
  {
    std::lock_guard lock(mutex_);
    // What is seen differently from now on is not held any more; the producer decides the same way.
    std::erase_if(held_, [&](const auto& held) {
      const auto* was = subscription_for(held.first, subscriptions_);
      const auto* is = subscription_for(held.first, subscriptions);
      return was == nullptr || is == nullptr || was->encoding() != is->encoding() ||
             was->max_side() != is->max_side();
    });
    subscriptions_ = std::move(subscriptions);
  }
  loop_.request_demand();
}

std::string DealerFeedConsumer::demand() {
  v1::FeedDemand demand;
  std::lock_guard lock(mutex_);
  demand.set_instance(instance_);
  demand.set_last_taken(last_taken_);
  demand.set_consumer(name_);
  demand.set_unreadable(counts_.bad_header);
  for (const auto& subscription : subscriptions_) *demand.add_subscriptions() = subscription;
  // Always, because libzmq does not tell when it has reconnected.
  for (const auto& [key, held] : held_) {
    demand.add_keys_held(key);
    demand.add_versions_held(held.version);
  }
  return demand.SerializeAsString();
}

bool DealerFeedConsumer::header(std::span<const char> bytes, const v1::PixelFormat*& pixels) {
  if (parse(bytes, parsed_, pixels)) return true;
  // Its number is lost with it; without this word the producer would wait for us to take it.
  loop_.request_demand();
  return false;
}

bool DealerFeedConsumer::is_new() {
  if (parsed_.instance() != instance_) {
    instance_ = parsed_.instance();
    held_.clear();
  }
  if (parsed_.key().empty()) return false;  // a keep-alive
  const auto held = held_.find(parsed_.key());
  if (parsed_.removed()) return held != held_.end();
  return held == held_.end() || parsed_.version() > held->second.version ||
         (parsed_.version() == held->second.version &&
          parsed_.pixels().bytes() != held->second.bytes);
}

void DealerFeedConsumer::enqueue(ConstBufferPtr pixels) {
  ++counts_.received;
  if (pixels) counts_.bytes += pixels->size();
  if (parsed_.removed()) {
    held_.erase(parsed_.key());
  } else {
    if (held_.size() >= kMaxKeys && !held_.contains(parsed_.key())) held_.clear();
    held_[parsed_.key()] = {parsed_.version(), parsed_.pixels().bytes()};
  }
  counts_.superseded += parsed_.superseded();
  // After a reconnect an older one of this key may still wait.
  std::erase_if(queue_, [&](const FeedMessage& queued) {
    if (queued.header.key() != parsed_.key()) return false;
    ++counts_.superseded;
    parsed_.set_superseded(parsed_.superseded() + queued.header.superseded() + 1);
    return true;
  });
  if (queue_.size() >= kMaxQueued) queue_.pop_front();
  queue_.push_back({std::move(parsed_), std::move(pixels)});
  parsed_ = v1::FeedHeader();
}

void DealerFeedConsumer::message(ConstBufferPtr pixels) {
  bool queued = false, skipped = false;
  {
    std::lock_guard lock(mutex_);
    queued = is_new();
    skipped = !queued && parsed_.delivery() != 0;
    if (queued) enqueue(std::move(pixels));
    if (skipped) last_taken_ = parsed_.delivery();
  }
  if (queued) arrived_.notify_one();
  // Credit for what the application will never see is given back here.
  if (skipped) loop_.request_demand();
}

void DealerFeedConsumer::bad_size() {
  {
    std::lock_guard lock(mutex_);
    ++counts_.bad_size;
    if (parsed_.delivery() != 0) last_taken_ = parsed_.delivery();
  }
  loop_.request_demand();
}

}  // namespace

std::unique_ptr<FeedConsumer> FeedConsumer::create(Context& context, Options options) {
  return std::make_unique<DealerFeedConsumer>(context, options);
}

}  // namespace slicecast::wire
