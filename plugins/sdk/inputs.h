// Finds the feeds that a plugin reads through the hub, and takes what they send: connects to every
// service that announces a fitting one, follows it through restarts, and lets nobody publish under
// the keys of another. One thread that asks the hub, and one per service.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/metrics/ledger.h"
#include "common/wire/context.h"
#include "common/wire/control.h"
#include "common/wire/feed.h"

namespace slicecast::plugin {

class Inputs {
 public:
  struct Options {
    std::string name;  // of the plugin, which never reads itself
    std::string hub;   // address
    std::vector<std::string> prefixes;
    std::vector<std::string> sources;  // names of services; empty: all
    std::size_t max_message_bytes = std::size_t{256} << 20;
    std::shared_ptr<BufferPool> pool;
  };
  // From the threads of the services, of one service one after the other.
  using Taken = std::function<void(const std::string& service, wire::FeedMessage message)>;
  using Lost = std::function<void(metrics::Drop reason, std::uint64_t count)>;

  static Result<std::unique_ptr<Inputs>> create(wire::Context& context, Options options,
                                                Taken taken, Lost lost);
  ~Inputs();  // stops and joins

  // Replaces what is asked of all services. Any thread.
  void subscribe(std::vector<v1::Subscription> subscriptions);

  struct Source {
    std::string service;
    wire::LinkState state;
  };
  std::vector<Source> sources() const;

 private:
  struct Link;
  Inputs(wire::Context& context, Options options, Taken taken, Lost lost,
         std::unique_ptr<wire::ControlClient> hub);
  bool offers(const v1::Service& service) const;
  void follow(const std::stop_token& stop);
  void look();
  void connect(const v1::Service& service);
  void take(Link& link, const std::stop_token& stop);

  wire::Context& context_;
  const Options options_;
  const Taken taken_;
  const Lost lost_;
  const std::unique_ptr<wire::ControlClient> hub_;
  mutable std::mutex mutex_;
  std::vector<v1::Subscription> subscriptions_;
  std::map<std::string, std::unique_ptr<Link>> links_;  // by service
  std::jthread follower_;
};

// Whether a service of this name and kind may publish this key: slices, previews, scene and scan
// come from slice servers, thumbnails from projection servers, and the rest from the plugin that
// the key names.
bool may_publish(const std::string& service, const std::string& kind, const std::string& key);

}  // namespace slicecast::plugin
