// slicecast up CONFIG.toml
#include <sys/types.h>

#include "common/config/program.h"
#include "common/log/log.h"
#include "services/cli/deployment.h"
#include "services/cli/subcommands.h"
#include "services/cli/supervisor.h"

namespace slicecast::cli {
namespace {

constexpr const char* kDone = "exit code 0";

// A start that is not whole must not look like one: a service that is refused ends them all. A
// plugin costs at most its own overlay, and what ran well for a while is tried again.
struct Refusal {
  std::string service;
  service::StopSignal& stop;
};

Supervisor::Events reports(Refusal& refusal) {
  Supervisor::Events events;
  events.started = [](const std::string& name, pid_t pid) {
    spdlog::info("{} started, process {}", name, pid);
  };
  events.ended = [&refusal](const std::string& name, const std::string& how, auto again) {
    if (again)
      spdlog::warn("{} ended with {}; restarted in {} ms", name, how, again->count());
    else
      spdlog::warn("{} ended with {} and is not restarted", name, how);
    if (again || how == kDone || name.starts_with("plugin.")) return;
    refusal.service = name;
    refusal.stop.request_stop();
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
  Refusal refusal{{}, stop};
  Supervisor supervisor(*std::move(children), {}, reports(refusal));
  if (auto ok = supervisor.start(); !ok) return service::fail(kName, ok.error());
  while (!supervisor.idle())
    if (supervisor.run(stop, std::chrono::hours(1))) break;
  const int code = supervisor.idle() || !refusal.service.empty() ? supervisor.worst_exit_code() : 0;
  supervisor.stop();
  if (!refusal.service.empty())
    spdlog::error(
        "{} was refused, see its line above; everything is stopped: put it right and "
        "start again",
        refusal.service);
  return code;
}

}  // namespace slicecast::cli
