#include "plugins/sdk/inputs.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <utility>

#include "common/base/thread_name.h"
#include "common/log/log.h"
#include "common/wire/directory.h"
#include "common/wire/hub_requests.h"

namespace slicecast::plugin {
namespace {

using namespace std::chrono_literals;

constexpr auto kAskPeriod = 200ms;
constexpr std::size_t kMostServices = 64;

bool meet(const std::string& one, const std::string& other) {
  return one.starts_with(other) || other.starts_with(one);
}

}  // namespace

struct Inputs::Link {
  std::string service, kind, address;
  std::uint64_t instance = 0;
  std::unique_ptr<wire::FeedConsumer> consumer;
  std::jthread thread;  // last: it uses the consumer
};

bool may_publish(const std::string& service, const std::string& kind, const std::string& key) {
  const std::string head = key.substr(0, key.find('/'));
  if (head == "slice" || head == "preview" || head == "scene" || head == "scan")
    return kind == "slice";
  if (head == "thumbnail") return kind == "projection";
  if (head != "labels" && head != "values" && head != "table" && head != "event") return false;
  const std::string rest = key.size() > head.size() ? key.substr(head.size() + 1) : "";
  return rest.starts_with(service + "/");
}

Inputs::Inputs(wire::Context& context, Options options, Taken taken, Lost lost,
               std::unique_ptr<wire::ControlClient> hub)
    : context_(context),
      options_(std::move(options)),
      taken_(std::move(taken)),
      lost_(std::move(lost)),
      hub_(std::move(hub)) {}

Result<std::unique_ptr<Inputs>> Inputs::create(wire::Context& context, Options options, Taken taken,
                                               Lost lost) {
  wire::ControlClient::Options hub;
  hub.client = "inputs-" + options.name;
  hub.address = options.hub;
  auto client = wire::ControlClient::create(context, hub);
  if (!client) return client.error();
  std::unique_ptr<Inputs> inputs(new Inputs(context, std::move(options), std::move(taken),
                                            std::move(lost), *std::move(client)));
  inputs->follower_ =
      std::jthread([it = inputs.get()](const std::stop_token& stop) { it->follow(stop); });
  return inputs;
}

Inputs::~Inputs() {
  follower_.request_stop();
  hub_->cancel();
  if (follower_.joinable()) follower_.join();
  for (const auto& [name, link] : links_) {
    link->thread.request_stop();
    link->consumer->stop();
  }
}

bool Inputs::offers(const v1::Service& service) const {
  if (service.name() == options_.name) return false;
  const auto& sources = options_.sources;
  if (!sources.empty() && std::ranges::find(sources, service.name()) == sources.end()) return false;
  return std::ranges::any_of(service.feeds(), [&](const std::string& feed) {
    if (!may_publish(service.name(), service.kind(), feed)) return false;
    return feed == "scene" || std::ranges::any_of(options_.prefixes, [&](const auto& prefix) {
             return meet(feed, prefix);
           });
  });
}

void Inputs::follow(const std::stop_token& stop) {
  name_thread("inputs");
  std::mutex mutex;
  std::condition_variable_any pause;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    look();
    pause.wait_for(lock, stop, kAskPeriod, [] { return false; });
  }
}

void Inputs::look() {
  const auto listed = wire::list_services(*hub_, wire::kHubDeadline);
  if (!listed) return;  // what was found stays good while the hub is away
  for (const auto& service : *listed)
    if (offers(service)) connect(service);
}

void Inputs::connect(const v1::Service& service) {
  const std::string address = wire::link_address(service, "feed");
  if (address.empty()) return;
  std::lock_guard lock(mutex_);
  if (const auto found = links_.find(service.name()); found != links_.end()) {
    Link& link = *found->second;
    if (link.instance == service.instance() && link.address == address) return;
    spdlog::info("'{}' is a new instance, now at {}", service.name(), address);
    link.instance = service.instance();
    link.address = address;
    return link.consumer->connect(address, service.public_key());
  }
  if (links_.size() >= kMostServices) {
    if (log::every("inputs-full", 60))
      spdlog::warn("'{}' is left out: more than {} services offer inputs; name some in `source`",
                   service.name(), kMostServices);
    return;
  }
  spdlog::info("reads from '{}' at {}", service.name(), address);
  auto link = std::make_unique<Link>();
  link->service = service.name();
  link->kind = service.kind();
  link->address = address;
  link->instance = service.instance();
  wire::FeedConsumer::Options options;
  options.name = options_.name;
  options.address = address;
  options.server_key = service.public_key();
  options.subscriptions = subscriptions_;
  options.max_message_bytes = options_.max_message_bytes;
  options.pool = options_.pool;
  link->consumer = wire::FeedConsumer::create(context_, std::move(options));
  link->thread =
      std::jthread([this, it = link.get()](const std::stop_token& stop) { take(*it, stop); });
  links_.emplace(service.name(), std::move(link));
}

void Inputs::take(Link& link, const std::stop_token& stop) {
  name_thread("from " + link.service);
  wire::FeedConsumer::Counts booked;
  while (!stop.stop_requested()) {
    auto message = link.consumer->take(200ms);
    const auto counts = link.consumer->counts();
    if (counts.bad_header > booked.bad_header)
      lost_(metrics::Drop::bad_header, counts.bad_header - booked.bad_header);
    if (counts.bad_size > booked.bad_size)
      lost_(metrics::Drop::bad_size, counts.bad_size - booked.bad_size);
    booked = counts;
    if (!message) continue;
    if (may_publish(link.service, link.kind, message->header.key()))
      taken_(link.service, *std::move(message));
    else
      lost_(metrics::Drop::bad_header, 1);
  }
}

void Inputs::subscribe(std::vector<v1::Subscription> subscriptions) {
  std::lock_guard lock(mutex_);
  subscriptions_ = std::move(subscriptions);
  for (const auto& [name, link] : links_) link->consumer->subscribe(subscriptions_);
}

std::vector<Inputs::Source> Inputs::sources() const {
  std::lock_guard lock(mutex_);
  std::vector<Source> listed;
  for (const auto& [name, link] : links_) listed.push_back({name, link->consumer->state()});
  return listed;
}

}  // namespace slicecast::plugin
