// slicecast up CONFIG.toml
#include <sys/types.h>

#include "common/config/program.h"
#include "common/log/log.h"
#include "services/cli/deployment.h"
#include "services/cli/subcommands.h"
#include "services/cli/supervisor.h"

namespace slicecast::cli {
namespace {

Supervisor::Events reports() {
  Supervisor::Events events;
  events.started = [](const std::string& name, pid_t pid) {
    spdlog::info("{} started, process {}", name, pid);
  };
  events.ended = [](const std::string& name, const std::string& how, auto again) {
    if (again)
      spdlog::warn("{} ended with {}; restarted in {} ms", name, how, again->count());
    else
      spdlog::warn("{} ended with {} and is not restarted", name, how);
  };
  return events;
}

}  // namespace

int run_up(int argc, const char* const* argv) {
  constexpr const char* kName = "slicecast up";
  service::StopSignal stop;
  const config::CommandSpec spec{kName,
                                 "Starts the services that a configuration file describes and "
                                 "keeps them running until Ctrl-C.",
                                 {{"CONFIG", "TOML configuration; deploy/examples has some"}}};
  const auto parsed = config::parse_command(spec, {}, argc, argv);
  if (!parsed) return usage_error(kName, parsed.error());
  if (parsed->exit_code) return *parsed->exit_code;
  if (auto ok = log::start("up", "info"); !ok) return service::fail(kName, ok.error());

  auto children = deployment(parsed->arguments.front(), program_folder());
  if (!children) return service::fail(kName, children.error());
  if (auto ok = check_deployment(*children); !ok) return service::fail(kName, ok.error());
  Supervisor supervisor(*std::move(children), {}, reports());
  if (auto ok = supervisor.start(); !ok) return service::fail(kName, ok.error());
  while (!supervisor.idle())
    if (supervisor.run(stop, std::chrono::hours(1))) break;
  const int code = supervisor.idle() ? supervisor.worst_exit_code() : 0;
  supervisor.stop();
  return code;
}

}  // namespace slicecast::cli
