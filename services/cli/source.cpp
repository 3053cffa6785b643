// slicecast source start | stop
#include <cstdio>

#include "common/config/program.h"
#include "common/service/service.h"
#include "services/cli/client.h"
#include "services/cli/subcommands.h"

namespace slicecast::cli {
namespace {

constexpr const char* kSourceCommand = "slicecast source";

Result<void> run(const config::Settings& settings, bool start) {
  auto client = Client::create(settings);
  if (!client) return client.error();
  const auto service = (*client)->find_answering(settings.text("service"), (*client)->timeout());
  if (!service) return service.error();
  v1::Request request;
  if (start)
    request.mutable_start_source();
  else
    request.mutable_stop_source();
  if (const auto reply = (*client)->ask(*service, std::move(request)); !reply) return reply.error();
  std::printf("%s %s\n", service->name().c_str(), start ? "started" : "stopped");
  return {};
}

}  // namespace

int run_source(int argc, const char* const* argv) {
  const auto parsed = config::parse_command(
      {kSourceCommand,
       "Starts a source (a new scan, if the last one has ended) or stops it.",
       {{"ACTION", "start or stop"}}},
      with_client(
          {{.name = "service", .default_value = "source", .doc = "Name or kind of the source"}}),
      argc, argv);
  if (!parsed) return usage_error(kSourceCommand, parsed.error());
  if (parsed->exit_code) return *parsed->exit_code;
  const std::string& action = parsed->arguments.front();
  if (action != "start" && action != "stop")
    return usage_error(kSourceCommand, {Errc::invalid_argument,
                                        "unknown action '" + action + "'; write start or stop"});
  if (auto ok = run(parsed->settings, action == "start"); !ok)
    return service::fail(kSourceCommand, ok.error());
  return 0;
}

}  // namespace slicecast::cli
