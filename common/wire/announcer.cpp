#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "common/base/thread_name.h"
#include "common/wire/control.h"
#include "common/wire/directory.h"
#include "common/wire/hub_requests.h"

namespace slicecast::wire {
namespace {

constexpr std::uint32_t kLeaseMs = 3000;
// While there is no hub, or it looks whether the former holder of our name still runs.
constexpr auto kAskAgain = std::chrono::milliseconds(50);
// Longer than the hub takes to ask the former holder of a name.
constexpr auto kDecision = std::chrono::milliseconds(2000);
constexpr auto kWithdrawDeadline = std::chrono::milliseconds(100);

class HubAnnouncer final : public Announcer {
 public:
  HubAnnouncer(Context& context, ControlClient::Options hub, std::unique_ptr<ControlClient> client,
               v1::Service service, Refused refused, KeptOut kept_out)
      : context_(context),
        hub_(std::move(hub)),
        client_(std::move(client)),
        service_(std::move(service)),
        refused_(std::move(refused)),
        kept_out_(std::move(kept_out)),
        thread_([this](std::stop_token stop) { run(stop); }) {}
  ~HubAnnouncer() override {
    thread_.request_stop();
    client_->cancel();
    thread_.join();
  }
  State state() const override { return state_.load(); }
  State wait_for_hub(std::chrono::milliseconds patience) override {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, [&] { return state_.load() != State::seeking_hub; });
    if (state_.load() == State::undecided)
      changed_.wait_for(lock, kDecision, [&] {
        return state_.load() == State::announced || state_.load() == State::refused;
      });
    return state_.load();
  }

 private:
  void run(std::stop_token stop);
  std::chrono::milliseconds announce();
  void withdraw();
  void enter(State state);

  Context& context_;
  const ControlClient::Options hub_;
  const std::unique_ptr<ControlClient> client_;
  const v1::Service service_;
  const Refused refused_;
  const KeptOut kept_out_;
  std::string told_;  // why keys keep us out, as told last; on the thread
  std::atomic<State> state_{State::seeking_hub};
  std::mutex mutex_;
  std::condition_variable_any pause_;
  std::condition_variable changed_;
  std::jthread thread_;
};

void HubAnnouncer::enter(State state) {
  {
    std::lock_guard lock(mutex_);
    state_.store(state);
  }
  changed_.notify_all();
}

std::chrono::milliseconds HubAnnouncer::announce() {
  v1::Request request;
  *request.mutable_announce()->mutable_service() = service_;
  request.mutable_announce()->set_lease_ms(kLeaseMs);
  const auto asked = std::chrono::steady_clock::now();
  const auto reply = client_->request(std::move(request), kHubDeadline);
  if (reply) {
    told_.clear();
    enter(State::announced);
    return kRenewPeriod;
  }
  if (reply.error().code == Errc::permission_denied && reply.error().message != told_) {
    told_ = reply.error().message;
    if (kept_out_) kept_out_(reply.error());
  }
  if (reply.error().code == Errc::cancelled) return kRenewPeriod;
  if (reply.error().code == Errc::already_exists) {
    if (refused_) refused_(reply.error());
    enter(State::refused);
    return kRenewPeriod;
  }
  // Without a hub the same code comes at the deadline only.
  const bool answered = reply.error().code == Errc::unavailable &&
                        std::chrono::steady_clock::now() - asked < kHubDeadline;
  enter(answered ? State::undecided : State::seeking_hub);
  return kAskAgain;
}

void HubAnnouncer::run(std::stop_token stop) {
  name_thread("announce");
  while (!stop.stop_requested() && state_.load() != State::refused) {
    const auto period = announce();
    std::unique_lock lock(mutex_);
    pause_.wait_for(lock, stop, period, [] { return false; });
  }
  if (state_.load() == State::announced) withdraw();
}

void HubAnnouncer::withdraw() {
  // Our own client is cancelled by now.
  auto client = ControlClient::create(context_, hub_);
  if (!client) return;
  v1::Request request;
  request.mutable_withdraw()->set_name(service_.name());
  request.mutable_withdraw()->set_instance(service_.instance());
  // Without an answer the lease ends by itself.
  [[maybe_unused]] const auto reply = (*client)->request(std::move(request), kWithdrawDeadline);
}

}  // namespace

Result<std::unique_ptr<Announcer>> Announcer::create(Context& context, const std::string& hub,
                                                     v1::Service service, Refused refused,
                                                     KeptOut kept_out) {
  if (service.name().empty() || service.instance() == 0)
    return Error{Errc::invalid_argument, "a service needs a name and an instance to be announced"};
  ControlClient::Options options;
  options.client = service.name();
  options.address = hub;
  auto client = ControlClient::create(context, options);
  if (!client) return client.error();
  return std::unique_ptr<Announcer>(
      std::make_unique<HubAnnouncer>(context, options, std::move(*client), std::move(service),
                                     std::move(refused), std::move(kept_out)));
}

}  // namespace slicecast::wire
