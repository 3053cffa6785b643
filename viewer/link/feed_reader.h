// One feed being read: a consumer and the named thread that takes its messages. Reconnects for
// ever.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/wire/feed.h"

namespace slicecast::viewer {

class FeedReader {
 public:
  using Handler = std::function<void(const wire::FeedMessage&)>;  // on the reader's thread

  FeedReader(wire::Context& context, const std::string& consumer, const std::string& thread_name,
             std::vector<v1::Subscription> subscriptions, Handler handler);
  ~FeedReader();  // stops and joins
  FeedReader(const FeedReader&) = delete;
  FeedReader& operator=(const FeedReader&) = delete;

  void connect(const std::string& address, const std::string& server_key);
  void subscribe(std::vector<v1::Subscription> subscriptions);
  wire::LinkState state() const { return consumer_->state(); }
  wire::FeedConsumer::Counts counts() const { return consumer_->counts(); }

 private:
  const Handler handler_;
  const std::unique_ptr<wire::FeedConsumer> consumer_;
  std::jthread thread_;
};

v1::Subscription subscription(const std::string& prefix, double max_rate_hz = 0,
                              v1::Encoding encoding = v1::NATIVE, std::uint32_t max_side = 0);

}  // namespace slicecast::viewer
