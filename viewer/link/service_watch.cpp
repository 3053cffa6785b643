#include "viewer/link/service_watch.h"

#include <algorithm>
#include <map>
#include <utility>

#include "common/base/clock.h"
#include "common/base/thread_name.h"

namespace slicecast::viewer {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kListPeriod{250}, kListDeadline{1000};
constexpr milliseconds kReportPeriod{500}, kStatusDeadline{600};

}  // namespace

// Links to services that were asked before, by name.
struct ServiceWatch::Asked {
  struct Link {
    std::uint64_t instance = 0;
    std::string address;
    std::shared_ptr<wire::ControlClient> client;
  };
  std::map<std::string, Link> links;
};

Result<std::unique_ptr<ServiceWatch>> ServiceWatch::create(wire::Context& context,
                                                           const std::string& hub, v1::Role role,
                                                           Listed listed, Reported reported) {
  auto directory = wire::Directory::create(context, hub);
  if (!directory) return directory.error();
  return std::unique_ptr<ServiceWatch>(new ServiceWatch(context, hub, role, *std::move(directory),
                                                        std::move(listed), std::move(reported)));
}

ServiceWatch::ServiceWatch(wire::Context& context, std::string hub, v1::Role role,
                           std::unique_ptr<wire::Directory> directory, Listed listed,
                           Reported reported)
    : context_(context),
      hub_(std::move(hub)),
      role_(role),
      directory_(std::move(directory)),
      listed_(std::move(listed)),
      reported_(std::move(reported)),
      lister_([this](const std::stop_token& stop) { list(stop); }),
      reporter_([this](const std::stop_token& stop) { report(stop); }) {}

ServiceWatch::~ServiceWatch() {
  lister_.request_stop();
  reporter_.request_stop();
  directory_->cancel();
  std::lock_guard lock(mutex_);
  ending_ = true;
  if (asking_) asking_->cancel();
}

void ServiceWatch::ask_now() {
  std::lock_guard lock(mutex_);
  ask_now_ = true;
  wake_.notify_all();
}

void ServiceWatch::try_now() {
  std::lock_guard lock(mutex_);
  ask_now_ = list_now_ = true;
  wake_.notify_all();
}

void ServiceWatch::list(const std::stop_token& stop) {
  name_thread("view-hub");
  while (!stop.stop_requested()) {
    auto services = directory_->services(kListDeadline);
    if (stop.stop_requested()) return;
    if (services) {
      std::ranges::sort(*services, {}, [](const v1::Service& it) { return it.name(); });
      listed_(*services);
    }
    std::unique_lock lock(mutex_);
    if (services) {
      hub_problem_.reset();
      services_ = *std::move(services);
    } else {
      hub_problem_ = services.error();
    }
    wake_.wait_for(lock, stop, kListPeriod, [&] { return list_now_; });
    list_now_ = false;
  }
}

Result<v1::Reply> ServiceWatch::request(const std::shared_ptr<wire::ControlClient>& client,
                                        v1::Request body) {
  {
    std::lock_guard lock(mutex_);
    if (ending_) return Error{Errc::cancelled, "the viewer went to other servers"};
    asking_ = client;
  }
  auto reply = client->request(std::move(body), kStatusDeadline);
  std::lock_guard lock(mutex_);
  asking_.reset();
  return reply;
}

void ServiceWatch::ask(ServiceReport& entry, Asked& asked) {
  auto& link = asked.links[entry.service.name()];
  const std::string address = wire::link_address(entry.service, "control");
  if (!link.client || link.instance != entry.service.instance() || link.address != address) {
    wire::ControlClient::Options options;
    options.address = address;
    options.server_key = entry.service.public_key();
    options.role = role_;
    link = {entry.service.instance(), address, nullptr};
    auto made = wire::ControlClient::create(context_, options);
    if (!made) {
      entry.status = made.error();
      return;
    }
    link.client = *std::move(made);
  }
  v1::Request status;
  status.mutable_get_status();
  auto reply = request(link.client, std::move(status));
  if (!reply) {
    entry.status = reply.error();
    return;
  }
  entry.status = reply->status();
  v1::Request parameters;
  parameters.mutable_list_parameters();
  if (auto listed = request(link.client, std::move(parameters)))
    entry.parameters = listed->parameters();
  entry.clock = link.client->clock_offset();
}

void ServiceWatch::report(const std::stop_token& stop) {
  name_thread("view-status");
  Asked asked;
  while (!stop.stop_requested()) {
    auto report = std::make_shared<Report>();
    report->hub = hub_;
    {
      std::lock_guard lock(mutex_);
      report->hub_problem = hub_problem_;
      for (const auto& service : services_) report->services.emplace_back().service = service;
      ask_now_ = false;
    }
    for (auto& entry : report->services) {
      if (stop.stop_requested()) return;
      ask(entry, asked);
    }
    std::erase_if(asked.links, [&](const auto& link) { return !report->named(link.first); });
    report->asked_ns = steady_now_ns();
    reported_(report);
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, stop, kReportPeriod, [&] { return ask_now_; });
  }
}

const ServiceReport* Report::of_kind(const std::string& kind) const {
  for (const auto& entry : services)
    if (entry.service.kind() == kind) return &entry;
  return nullptr;
}

const ServiceReport* Report::named(const std::string& name) const {
  for (const auto& entry : services)
    if (entry.service.name() == name) return &entry;
  return nullptr;
}

}  // namespace slicecast::viewer
