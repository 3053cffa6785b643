#include <unistd.h>

#include "common/base/clock.h"
#include "common/config/version.h"
#include "common/log/log.h"
#include "common/service/service.h"

namespace slicecast::service {
namespace {

// A hub on this machine answers within a few milliseconds.
constexpr std::chrono::milliseconds kHubPatience{400};

class Frame final : public ServiceFrame {
 public:
  Frame(std::uint64_t instance, Options options)
      : instance_(instance), options_(std::move(options)), name_(options_.settings.text("name")) {
    if (options_.registry == nullptr) {
      own_registry_ = std::make_unique<metrics::Registry>(name_, config::version());
      options_.registry = own_registry_.get();
    }
  }

  Result<void> start(wire::Context& context) {
    const auto& settings = options_.settings;
    auto exposer = metrics::HttpExposer::create(
        *options_.registry, static_cast<int>(settings.integer("metrics_port")), options_.health);
    if (!exposer) return exposer.error();
    exposer_ = *std::move(exposer);

    const int port = static_cast<int>(settings.integer("control_port"));
    auto control = wire::ControlServer::create(
        context, {name_, bind_addresses(settings, "control", port), instance_},
        [this](const v1::Request& request, v1::Reply& reply) { return answer(request, reply); });
    if (!control) return control.error();
    control_ = *std::move(control);

    auto described = describe(context);
    if (!described) return described.error();
    auto announcer = wire::Announcer::create(
        context, wire::hub_address(settings.text("hub")), *std::move(described),
        [this](const Error& error) { refuse(error); },
        [](const Error& error) { spdlog::warn("not announced: {}", error.message); });
    if (!announcer) return announcer.error();
    announcer_ = *std::move(announcer);
    return {};
  }

  std::vector<std::string> control_addresses() const override { return control_->addresses(); }
  int metrics_port() const override { return exposer_->port(); }
  bool refused() const override { return !refusal().empty(); }
  std::string refusal() const override {
    std::lock_guard lock(mutex_);
    return refusal_;
  }
  Result<void> wait_for_name() const override {
    using State = wire::Announcer::State;
    const State state = announcer_->wait_for_hub(kHubPatience);
    if (state == State::refused) return Error{Errc::already_exists, refusal()};
    if (state != State::announced)
      spdlog::info("no hub answers at {}: '{}' starts without and announces itself later",
                   wire::hub_address(options_.settings.text("hub")), name_);
    return {};
  }

 private:
  Result<v1::Service> describe(const wire::Context& context) const {
    v1::Service service;
    service.set_name(name_);
    service.set_kind(options_.kind);
    service.set_instance(instance_);
    service.set_host(wire::host_id());
    service.set_version(config::version());
    service.set_public_key(context.public_key());
    service.set_pid(static_cast<std::uint64_t>(getpid()));
    for (const auto& feed : options_.feeds) service.add_feeds(feed);

    std::vector<v1::Link> links = options_.links;
    v1::Link& control = links.emplace_back();
    control.set_name("control");
    for (const auto& address : control_->addresses()) control.add_addresses(address);
    for (auto& link : links) {
      auto addresses =
          advertised(options_.settings, {link.addresses().begin(), link.addresses().end()});
      if (!addresses) return addresses.error();
      link.clear_addresses();
      for (auto& address : *addresses) link.add_addresses(std::move(address));
      *service.add_links() = std::move(link);
    }
    if (exposer_->port() >= 0) {
      v1::Link& metrics = *service.add_links();
      metrics.set_name("metrics");
      metrics.add_addresses("http://127.0.0.1:" + std::to_string(exposer_->port()) + "/metrics");
    }
    return service;
  }

  void refuse(const Error& error) {
    {
      std::lock_guard lock(mutex_);
      refusal_ = error.message;
    }
    if (options_.on_refused) options_.on_refused();
  }

  Result<void> answer(const v1::Request& request, v1::Reply& reply) {
    switch (request.body_case()) {
      case v1::Request::kPing: reply.mutable_pong(); return {};
      case v1::Request::kGetStatus: fill_status(request, *reply.mutable_status()); return {};
      case v1::Request::kListParameters:
        *reply.mutable_parameters() =
            options_.parameters != nullptr ? options_.parameters->describe() : v1::Parameters();
        return {};
      case v1::Request::kSetParameters: return set_parameters(request, reply);
      case v1::Request::BODY_NOT_SET:
        return Error{Errc::malformed, "the request has no body; see control.proto for the bodies"};
      default: break;
    }
    if (options_.handler) return options_.handler(request, reply);
    return Error{Errc::unsupported, name_ + " (" + options_.kind +
                                        ") does not answer this request; "
                                        "ask the service that does"};
  }

  void fill_status(const v1::Request& request, v1::Status& status) const {
    status = status_of(name_, options_.kind, *options_.registry, started_ns_);
    status.set_your_role(granted_role(options_.settings, request));
    if (options_.facts)
      for (auto& [name, value] : options_.facts()) (*status.mutable_facts())[name] = value;
    if (const std::string trouble = options_.health ? options_.health() : ""; !trouble.empty())
      (*status.mutable_facts())["health"] = trouble;
  }

  Result<void> set_parameters(const v1::Request& request, v1::Reply& reply) {
    if (granted_role(options_.settings, request) != v1::OPERATE)
      return Error{Errc::permission_denied,
                   "an observer may not set parameters; ask for the role operate, and set "
                   "client_role of " +
                       name_ + " to operate"};
    if (options_.parameters == nullptr)
      return Error{Errc::unsupported, name_ + " has no parameters that can be set while it runs"};
    std::map<std::string, config::Value> values;
    for (const auto& [name, value] : request.set_parameters().values()) {
      if (value.value_case() == v1::ParameterValue::VALUE_NOT_SET)
        return Error{Errc::invalid_argument, name + " has no value; send one of its type"};
      values.emplace(name, value_from(value));
    }
    if (auto ok = options_.parameters->set(values); !ok) return ok.error();
    *reply.mutable_parameters() = options_.parameters->describe();
    return {};
  }

  const std::uint64_t instance_;
  Options options_;
  const std::string name_;
  const std::int64_t started_ns_ = steady_now_ns();
  mutable std::mutex mutex_;
  std::string refusal_;
  std::unique_ptr<metrics::Registry> own_registry_;
  // In this order: the last one, which talks about the others, goes first.
  std::unique_ptr<metrics::HttpExposer> exposer_;
  std::unique_ptr<wire::ControlServer> control_;
  std::unique_ptr<wire::Announcer> announcer_;
};

}  // namespace

v1::Role granted_role(const config::Settings& settings, const v1::Request& request) {
  if (request.role() == v1::OBSERVE || settings.text("client_role") == "observe")
    return v1::OBSERVE;
  return v1::OPERATE;
}

Result<std::unique_ptr<ServiceFrame>> ServiceFrame::create(wire::Context& context,
                                                           std::uint64_t instance,
                                                           Options options) {
  auto frame = std::make_unique<Frame>(instance, std::move(options));
  if (auto ok = frame->start(context); !ok) return ok.error();
  return std::unique_ptr<ServiceFrame>(std::move(frame));
}

}  // namespace slicecast::service
