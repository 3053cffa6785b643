// slicecast up CONFIG.toml
#include <sys/types.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>

#include "common/config/program.h"
#include "common/log/log.h"
#include "services/cli/deployment.h"
#include "services/cli/plugin_watch.h"
#include "services/cli/subcommands.h"
#include "services/cli/supervisor.h"

namespace slicecast::cli {
namespace {

constexpr const char* kHubVariable = "SLICECAST_HUB";  // as wire::hub_address() reads it
constexpr const char* kUpDone = "exit code 0";
constexpr std::chrono::milliseconds kLookAtPlugins{250};

// A start that is not whole must not look like one: a service that is refused ends them all. A
// plugin costs at most its own overlay, and what ran well for a while is tried again.
struct Running {
  std::string refused;
  service::StopSignal& stop;
  std::unique_ptr<PluginWatch> watch;  // null: no plugins
};

Supervisor::Events reports(Running& running) {
  Supervisor::Events events;
  events.started = [&running](const std::string& name, pid_t pid) {
    spdlog::info("{} started, process {}", name, pid);
    if (running.watch) running.watch->started(name, pid);
  };
  events.ended = [&running](const std::string& name, const std::string& how, auto again) {
    if (running.watch) running.watch->ended(name);
    if (again)
      spdlog::warn("{} ended with {}; restarted in {} ms", name, how, again->count());
    else
      spdlog::warn("{} ended with {} and is not restarted", name, how);
    if (again || how == kUpDone || name.starts_with("plugin.")) return;
    running.refused = name;
    running.stop.request_stop();
  };
  return events;
}

// What hangs is killed, and then restarted like what crashed.
void end_hung(Supervisor& supervisor, PluginWatch& watch) {
  for (const auto& hung : watch.take_hung()) {
    spdlog::warn("{} hangs: {}; process {} is killed", hung.child, hung.why, hung.pid);
    supervisor.kill(hung.child, hung.pid);
  }
}

}  // namespace

int run_up(int argc, const char* const* argv) {
  constexpr const char* kUpCommand = "slicecast up";
  service::StopSignal stop;
  const config::CommandSpec spec{kUpCommand,
                                 "Starts the services that a configuration file describes and "
                                 "keeps them running until Ctrl-C.",
                                 {{"CONFIG", "TOML configuration; deploy/examples has some"}}};
  const auto parsed = config::parse_command(spec, {}, argc, argv);
  if (!parsed) return usage_error(kUpCommand, parsed.error());
  if (parsed->exit_code) return *parsed->exit_code;
  if (auto ok = log::start("up", "info"); !ok) return service::fail(kUpCommand, ok.error());

  // By the environment it reaches services, plugins and what plugins start alike; a section's own
  // `hub` still comes before it.
  const auto hub = own_hub_address(parsed->arguments.front());
  if (!hub) return service::fail(kUpCommand, hub.error());
  if (!hub->empty()) setenv(kHubVariable, hub->c_str(), 1);
  auto children = deployment(parsed->arguments.front(), program_folder());
  if (!children) return service::fail(kUpCommand, children.error());
  if (auto ok = check_deployment(*children); !ok) return service::fail(kUpCommand, ok.error());
  const auto plugins = watched_plugins(parsed->arguments.front());
  if (!plugins) return service::fail(kUpCommand, plugins.error());
  Running running{{}, stop, nullptr};
  Supervisor supervisor(*std::move(children), {}, reports(running));
  // After the supervisor, which keeps the signals of its children from all later threads.
  if (!plugins->empty()) {
    auto watch = PluginWatch::create(*plugins, {});
    if (!watch) return service::fail(kUpCommand, watch.error());
    running.watch = *std::move(watch);
  }
  if (auto ok = supervisor.start(); !ok) return service::fail(kUpCommand, ok.error());
  const auto look = running.watch ? kLookAtPlugins : std::chrono::milliseconds(3600000);
  while (!supervisor.idle()) {
    if (supervisor.run(stop, look)) break;
    if (running.watch) end_hung(supervisor, *running.watch);
  }
  const int code = supervisor.idle() || !running.refused.empty() ? supervisor.worst_exit_code() : 0;
  running.watch.reset();  // while those it asks still answer
  supervisor.stop();
  if (!running.refused.empty())
    spdlog::error(
        "{} was refused, see its line above; everything is stopped: put it right and "
        "start again",
        running.refused);
  return code;
}

}  // namespace slicecast::cli
