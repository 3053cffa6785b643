#include "services/cli/client.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace slicecast::cli {
namespace {

// Between two questions to the hub while a service does not answer.
constexpr std::chrono::milliseconds kLookAgain{200};
constexpr int kClockPings = 3;

}  // namespace

std::vector<config::Option> client_options() {
  return {
      {.name = "hub",
       .default_value = "",
       .doc = "Address of the hub; empty: SLICECAST_HUB, else tcp://127.0.0.1:47600"},
      {.name = "curve",
       .default_value = "",
       .doc = "Directory with secret.key, public.key and allowed/*.key; empty: no encryption"},
      {.name = "socks",
       .default_value = "",
       .doc = "host:port of a SOCKS proxy (ssh -D) to reach a remote hub through"},
      {.name = "timeout",
       .type = config::Type::real,
       .default_value = 2.0,
       .unit = "s",
       .doc = "How long to wait for an answer",
       .minimum = 0.05,
       .maximum = 3600},
  };
}

std::vector<config::Option> with_client(std::vector<config::Option> own) {
  for (auto& option : client_options()) own.push_back(std::move(option));
  return own;
}

Result<std::unique_ptr<Client>> Client::create(const config::Settings& settings) {
  auto client = std::unique_ptr<Client>(new Client);
  wire::SecurityOptions security;
  security.curve_directory = settings.text("curve");
  security.socks_proxy = settings.text("socks");
  auto context = wire::Context::create(security);
  if (!context) return context.error();
  client->context_ = *std::move(context);
  client->hub_ = wire::hub_address(settings.text("hub"));
  client->timeout_ = std::chrono::milliseconds(static_cast<int>(1000 * settings.real("timeout")));
  auto directory = wire::Directory::create(*client->context_, client->hub_);
  if (!directory) return directory.error();
  client->directory_ = *std::move(directory);
  return client;
}

Result<std::vector<v1::Service>> Client::services() {
  auto services = directory_->services(timeout_);
  if (!services && services.error().code == Errc::unavailable)
    return Error{Errc::unavailable,
                 "no hub answers at " + hub_ +
                     "; start one with 'slicecast up', or give its address with --hub"};
  if (!services && services.error().code != Errc::permission_denied)
    return Error{services.error().code, services.error().message + " (hub " + hub_ + ")"};
  if (!services) return services;
  std::ranges::sort(*services, {}, [](const v1::Service& it) { return it.name(); });
  return services;
}

Result<v1::Service> Client::find(const std::string& name_or_kind) {
  const auto all = services();
  if (!all) return all.error();
  const v1::Service* only = nullptr;
  int of_kind = 0;
  std::string names;
  for (const auto& service : *all) {
    if (service.name() == name_or_kind) return service;
    if (service.kind() == name_or_kind) ++of_kind, only = &service;
    names += (names.empty() ? "" : ", ") + service.name();
  }
  if (of_kind == 1) return *only;
  if (of_kind > 1)
    return Error{Errc::invalid_argument,
                 "several services are of kind " + name_or_kind + "; name one of " + names};
  return Error{Errc::not_found,
               "the hub " + hub_ + " knows no service '" + name_or_kind + "'; " +
                   (names.empty() ? "it knows none at all" : "there are " + names)};
}

Result<std::unique_ptr<wire::ControlClient>> Client::control(const v1::Service& service) {
  wire::ControlClient::Options options;
  options.address = wire::link_address(service, "control");
  options.server_key = service.public_key();
  if (options.address.empty())
    return Error{Errc::unavailable, service.name() +
                                        " has no control address that can be reached "
                                        "from here; set its `advertise`"};
  return wire::ControlClient::create(*context_, options);
}

Result<v1::Service> Client::find_answering(const std::string& name_or_kind,
                                           std::chrono::milliseconds deadline) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + deadline;
  for (;;) {
    auto service = find(name_or_kind);
    if (!service) return service;
    const auto link = control(*service);
    if (!link) return link.error();
    // The hub lists a killed instance until its lease ends or its successor comes.
    const std::jthread watch([&](const std::stop_token& stop) {
      std::mutex mutex;
      std::condition_variable_any pause;
      std::unique_lock lock(mutex);
      while (!stop.stop_requested()) {
        pause.wait_for(lock, stop, kLookAgain, [] { return false; });
        if (stop.stop_requested()) return;
        const auto now = find(name_or_kind);
        if (now && now->instance() != service->instance()) return (*link)->cancel();
      }
    });
    v1::Request ping;
    ping.mutable_ping();
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
    const auto reply = (*link)->request(std::move(ping), left);
    if (reply) return service;
    if (reply.error().code != Errc::cancelled) return reply.error();
  }
}

Result<v1::Service> Client::find_of_kind(const std::string& kind, const std::string& name_or_kind,
                                         std::chrono::milliseconds deadline) {
  auto service = find_answering(name_or_kind, deadline);
  if (service && service->kind() != kind)
    return Error{Errc::invalid_argument, "'" + service->name() + "' is a " + service->kind() +
                                             " service and no " + kind +
                                             " server; give --service the name of one"};
  return service;
}

Result<v1::Reply> Client::ask(const v1::Service& service, v1::Request request) {
  auto link = control(service);
  if (!link) return link.error();
  return (*link)->request(std::move(request), timeout_);
}

namespace {

void ask(Client& client, ServiceState& state) {
  const auto link = client.control(state.service);
  if (!link) {
    state.status = link.error();
    return;
  }
  v1::Request request;
  request.mutable_get_status();
  request.set_role(v1::OBSERVE);
  const auto reply = (*link)->request(std::move(request), client.timeout());
  if (!reply) {
    state.status = reply.error();
    return;
  }
  state.status = reply->status();
  // The first round trip paid for the connection; short ones tell the clock.
  for (int i = 0; i < kClockPings; ++i) {
    v1::Request ping;
    ping.mutable_ping();
    if (!(*link)->request(std::move(ping), client.timeout())) break;
  }
  state.clock = (*link)->clock_offset();
}

}  // namespace

std::vector<ServiceState> ask_all(Client& client, const std::vector<v1::Service>& services) {
  std::vector<ServiceState> states;
  for (const auto& service : services)
    states.push_back({service, Error{Errc::deadline_exceeded, "not asked"}, {}});
  std::vector<std::jthread> asking;
  for (auto& state : states) asking.emplace_back([&client, &state] { ask(client, state); });
  asking.clear();  // joins
  return states;
}

}  // namespace slicecast::cli
