// slicecast-hub: the directory of who is there. Holds leases only, so it can restart at any time.
#include "common/base/clock.h"
#include "common/config/program.h"
#include "common/config/version.h"
#include "common/log/log.h"
#include "common/service/service.h"

namespace {

using namespace slicecast;

constexpr const char* kProgram = "slicecast-hub";
constexpr metrics::MetricInfo kServices{"slicecast_hub_services", metrics::Kind::gauge,
                                        "Services with a live lease"};

std::vector<config::Option> own_options() {
  return {{.name = "lease_ms",
           .type = config::Type::integer,
           .default_value = 3000,
           .unit = "ms",
           .doc = "A service that is silent for this long is no longer listed",
           .minimum = 100,
           .maximum = 600000}};
}

Result<void> serve(const config::Settings& settings, service::StopSignal& stop) {
  auto context = service::make_context(settings);
  if (!context) return context.error();
  wire::HubServer::Options options;
  options.bind = service::bind_addresses(settings, "control",
                                         static_cast<int>(settings.integer("control_port")));
  options.instance = wire::new_instance();
  options.lease = std::chrono::milliseconds(settings.integer("lease_ms"));
  metrics::Registry registry("hub", config::version());
  const std::int64_t started_ns = steady_now_ns();
  options.otherwise = [&](const v1::Request& request, v1::Reply& reply) -> Result<void> {
    if (!request.has_get_status())
      return Error{Errc::unsupported, "the hub is a directory only; ask the service itself"};
    *reply.mutable_status() =
        service::status_of(settings.text("name"), "hub", registry, started_ns);
    return {};
  };
  auto hub = wire::HubServer::create(**context, options);
  if (!hub) return hub.error();
  registry.add_gauge(kServices, [&] { return static_cast<double>((*hub)->service_count()); });
  auto exposer = metrics::HttpExposer::create(
      registry, static_cast<int>(settings.integer("metrics_port")), {});
  if (!exposer) return exposer.error();
  for (const auto& address : (*hub)->addresses()) spdlog::info("listening on {}", address);
  while (!stop.wait_for(std::chrono::hours(1))) {
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const auto own = own_options();
  const auto parsed = config::parse_program(
      {kProgram, "hub", "The directory of who is there; everything else goes direct.", {}}, own,
      argc, argv);
  if (!parsed) return service::fail(kProgram, parsed.error());
  if (parsed->exit_code) return *parsed->exit_code;
  const auto& settings = parsed->settings;
  service::StopSignal stop;
  if (auto ok =
          log::start(settings.text("name"), settings.text("log_level"), settings.text("log_file"));
      !ok)
    return service::fail(kProgram, ok.error());
  if (auto ok = serve(settings, stop); !ok) return service::fail(kProgram, ok.error());
  return 0;
}
