#include <condition_variable>
#include <mutex>
#include <thread>

#include "common/base/thread_name.h"
#include "common/wire/control.h"
#include "common/wire/directory.h"
#include "common/wire/hub_requests.h"

namespace slicecast::wire {
namespace {

// Between two questions to the hub; a restarted service is followed this late at most.
constexpr auto kAskPeriod = std::chrono::milliseconds(200);

class HubFollower final : public Follower {
 public:
  HubFollower(std::unique_ptr<ControlClient> hub, std::string service, std::string link,
              Found found)
      : hub_(std::move(hub)),
        service_(std::move(service)),
        link_(std::move(link)),
        found_(std::move(found)),
        thread_([this](std::stop_token stop) { run(stop); }) {}
  ~HubFollower() override {
    thread_.request_stop();
    hub_->cancel();
    thread_.join();
  }

 private:
  void run(std::stop_token stop) {
    name_thread("follow " + service_);
    while (!stop.stop_requested()) {
      look();
      std::unique_lock lock(mutex_);
      pause_.wait_for(lock, stop, kAskPeriod, [] { return false; });
    }
  }
  void look();

  const std::unique_ptr<ControlClient> hub_;
  const std::string service_, link_;
  const Found found_;
  std::string address_;
  std::uint64_t instance_ = 0;
  std::mutex mutex_;
  std::condition_variable_any pause_;
  std::jthread thread_;
};

void HubFollower::look() {
  const auto listed = list_services(*hub_, kHubDeadline);
  if (!listed) return;  // what was found stays good while the hub is away
  for (const auto& service : *listed) {
    if (service.name() != service_) continue;
    const std::string address = link_address(service, link_);
    if (address.empty() || (address == address_ && service.instance() == instance_)) return;
    address_ = address;
    instance_ = service.instance();
    found_(address, service.public_key(), instance_);
    return;
  }
}

}  // namespace

Result<std::unique_ptr<Follower>> Follower::create(Context& context, const std::string& hub,
                                                   std::string service, std::string link,
                                                   Found found) {
  ControlClient::Options options;
  options.client = "follow-" + service;
  options.address = hub;
  auto client = ControlClient::create(context, options);
  if (!client) return client.error();
  return std::unique_ptr<Follower>(std::make_unique<HubFollower>(
      std::move(*client), std::move(service), std::move(link), std::move(found)));
}

}  // namespace slicecast::wire
