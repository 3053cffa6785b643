#include "viewer/link/feed_reader.h"

#include "common/base/thread_name.h"
#include "viewer/model/thread_roles.h"

namespace slicecast::viewer {
namespace {

constexpr std::chrono::milliseconds kTake{200};
constexpr std::size_t kIdlePixels = std::size_t{64} << 20;
// A volume of 512 x 512 x 512 floats; what announces more is refused before anything is allocated.
constexpr std::size_t kLargest = std::size_t{512} << 20;

std::unique_ptr<wire::FeedConsumer> consumer_of(wire::Context& context, const std::string& name,
                                                std::vector<v1::Subscription> subscriptions) {
  wire::FeedConsumer::Options options;
  options.name = name;
  options.subscriptions = std::move(subscriptions);
  options.max_message_bytes = kLargest;
  options.pool = BufferPool::create(kIdlePixels);
  return wire::FeedConsumer::create(context, options);
}

}  // namespace

FeedReader::FeedReader(wire::Context& context, const std::string& consumer,
                       const std::string& thread_name, std::vector<v1::Subscription> subscriptions,
                       Handler handler)
    : handler_(std::move(handler)),
      consumer_(consumer_of(context, consumer, std::move(subscriptions))),
      thread_([this, thread_name](const std::stop_token& stop) {
        name_thread(thread_name);
        while (!stop.stop_requested())
          if (const auto message = consumer_->take(kTake)) {
            note_job(Job::network);
            handler_(*message);
          }
      }) {}

FeedReader::~FeedReader() {
  thread_.request_stop();
  consumer_->stop();
}

void FeedReader::connect(const std::string& address, const std::string& server_key) {
  consumer_->connect(address, server_key);
}

void FeedReader::subscribe(std::vector<v1::Subscription> subscriptions) {
  consumer_->subscribe(std::move(subscriptions));
}

v1::Subscription subscription(const std::string& prefix, double max_rate_hz, v1::Encoding encoding,
                              std::uint32_t max_side) {
  v1::Subscription subscription;
  subscription.set_prefix(prefix);
  subscription.set_max_rate_hz(max_rate_hz);
  subscription.set_encoding(encoding);
  subscription.set_max_side(max_side);
  return subscription;
}

}  // namespace slicecast::viewer
