#include <algorithm>

#include "common/base/names.h"
#include "common/wire/directory.h"
#include "common/wire/lease_book.h"
#include "common/wire/probe.h"

namespace slicecast::wire {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxServices = 1000;
constexpr std::size_t kMaxServiceBytes = 64 << 10;
constexpr std::uint32_t kShortestLeaseMs = 500, kLongestLeaseMs = 60000;

Error taken(const v1::Service& holder) {
  const std::string address = link_address(holder, "control");
  return {Errc::already_exists, "'" + holder.name() + "' is running already (pid " +
                                    std::to_string(holder.pid()) + ", " +
                                    (address.empty() ? "no control address" : address) +
                                    "); stop that one, or give this one another --name"};
}

class LeaseHubServer final : public HubServer {
 public:
  LeaseHubServer(Context& context, const Options& options) : options_(options), probe_(context) {}

  Result<void> serve(Context& context) {
    ControlServer::Options control{"hub", options_.bind, options_.instance};
    auto server = ControlServer::create(
        context, control,
        [this](const v1::Request& request, v1::Reply& reply) { return handle(request, reply); });
    if (!server) return server.error();
    server_ = std::move(*server);
    return {};
  }

  std::vector<std::string> addresses() const override { return server_->addresses(); }
  std::size_t service_count() const override { return book_.services(Clock::now()).size(); }

 private:
  Result<void> handle(const v1::Request& request, v1::Reply& reply);
  Result<void> announce(const v1::Announce& announce, v1::Reply& reply);

  const Options options_;
  LeaseBook book_;
  Probe probe_;
  std::unique_ptr<ControlServer> server_;  // last: its thread uses all of the above
};

Result<void> LeaseHubServer::handle(const v1::Request& request, v1::Reply& reply) {
  switch (request.body_case()) {
    case v1::Request::kAnnounce: return announce(request.announce(), reply);
    case v1::Request::kWithdraw:
      book_.withdraw(request.withdraw().name(), request.withdraw().instance());
      return {};
    case v1::Request::kListServices:
      reply.mutable_services();
      for (auto& service : book_.services(Clock::now()))
        *reply.mutable_services()->add_services() = std::move(service);
      return {};
    default: break;
  }
  if (options_.otherwise) return options_.otherwise(request, reply);
  return Error{Errc::unsupported, "the hub is a directory only; ask the service itself"};
}

Result<void> LeaseHubServer::announce(const v1::Announce& announce, v1::Reply& reply) {
  const v1::Service& service = announce.service();
  if (service.name().empty() || service.instance() == 0)
    return Error{Errc::invalid_argument, "an announcement needs the service's name and instance"};
  if (auto named = check_service_name(service.name()); !named) return named;
  if (service.ByteSizeLong() > kMaxServiceBytes)
    return Error{Errc::invalid_argument,
                 "an announcement may take 64 KiB; list prefixes of feeds "
                 "rather than keys"};
  const auto lease = announce.lease_ms() == 0
                         ? options_.lease
                         : std::chrono::milliseconds(
                               std::clamp(announce.lease_ms(), kShortestLeaseMs, kLongestLeaseMs));
  const auto now = Clock::now();
  if (!book_.holder(service.name(), now) && book_.services(now).size() >= kMaxServices)
    return Error{Errc::resource_exhausted, "the hub holds 1000 services already; stop some"};
  if (book_.announce(service, lease, now) == LeaseBook::Verdict::conflict) {
    const auto holder = book_.holder(service.name(), now);
    const auto answer = holder ? probe_.ask(*holder) : Probe::Answer::dead;
    if (answer == Probe::Answer::alive) return taken(*holder);
    if (answer == Probe::Answer::pending)
      return Error{Errc::unavailable, "finding out whether another '" + service.name() +
                                          "' still runs; ask again in 50 ms"};
    if (holder) book_.withdraw(holder->name(), holder->instance());
    book_.announce(service, lease, now);
  }
  reply.mutable_announced()->set_lease_ms(static_cast<std::uint32_t>(lease.count()));
  return {};
}

}  // namespace

Result<std::unique_ptr<HubServer>> HubServer::create(Context& context, Options options) {
  auto hub = std::make_unique<LeaseHubServer>(context, options);
  if (auto served = hub->serve(context); !served) return served.error();
  return std::unique_ptr<HubServer>(std::move(hub));
}

}  // namespace slicecast::wire
