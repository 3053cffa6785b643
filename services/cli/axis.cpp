// slicecast axis [--follow]
#include <cstdio>

#include "common/config/program.h"
#include "common/service/service.h"
#include "services/cli/client.h"
#include "services/cli/status_text.h"
#include "services/cli/subcommands.h"

namespace slicecast::cli {
namespace {

constexpr const char* kAxisCommand = "slicecast axis";

std::vector<config::Option> axis_options() {
  return with_client({{.name = "follow",
                       .type = config::Type::boolean,
                       .default_value = false,
                       .doc = "From now on take over a better axis by itself (axis_follow = true)"},
                      {.name = "service",
                       .default_value = "projection",
                       .doc = "Name or kind of the projection server"}});
}

Result<void> run_axis(const config::Settings& settings) {
  auto client = Client::create(settings);
  if (!client) return client.error();
  const auto service =
      (*client)->find_of_kind("projection", settings.text("service"), (*client)->timeout());
  if (!service) return service.error();
  v1::Request find;
  find.mutable_find_axis();
  const auto reply = (*client)->ask(*service, find);
  if (!reply) return reply.error();
  const v1::AxisOffer& axis = reply->axis();
  const bool better = axis.score() >= kLeastAxisGain;
  std::printf("column %.3f +- %.3f (%s, %llu projections), ", axis.axis_column(),
              axis.uncertainty_px(), axis.method().c_str(),
              static_cast<unsigned long long>(axis.projections()));
  if (better)
    std::printf("better than the one in use by %.1f %%\n", 100 * axis.score());
  else
    std::puts("no better than the one in use");
  if (!settings.boolean("follow")) {
    if (!better) return {};
    std::printf("take it with 'slicecast params set axis_column=%.3f --service %s'\n",
                axis.axis_column(), service->name().c_str());
    return {};
  }
  v1::Request follow;
  (*follow.mutable_set_parameters()->mutable_values())["axis_follow"].set_boolean(true);
  if (const auto set = (*client)->ask(*service, std::move(follow)); !set) return set.error();
  std::printf("%s follows the axis from now on; axis_follow=false ends it\n",
              service->name().c_str());
  return {};
}

}  // namespace

int run_axis(int argc, const char* const* argv) {
  const auto parsed = config::parse_command(
      {kAxisCommand, "Finds the rotation axis of the scan that is running.", {}}, axis_options(),
      argc, argv);
  if (!parsed) return usage_error(kAxisCommand, parsed.error());
  if (parsed->exit_code) return *parsed->exit_code;
  if (auto ok = run_axis(parsed->settings); !ok) return service::fail(kAxisCommand, ok.error());
  return 0;
}

}  // namespace slicecast::cli
