// slicecast status [--json]
#include <algorithm>
#include <cstdio>

#include "common/config/program.h"
#include "common/service/service.h"
#include "services/cli/client.h"
#include "services/cli/status_text.h"
#include "services/cli/subcommands.h"

namespace slicecast::cli {

int run_status(int argc, const char* const* argv) {
  constexpr const char* kStatusCommand = "slicecast status";
  const auto options = with_client({{.name = "json",
                                     .type = config::Type::boolean,
                                     .default_value = false,
                                     .doc = "Print JSON for programs"}});
  const auto parsed = config::parse_command(
      {kStatusCommand,
       "Shows who is there, how fast, and what was lost and why. Exit code 1 when a service "
       "that the hub lists does not answer.",
       {}},
      options, argc, argv);
  if (!parsed) return usage_error(kStatusCommand, parsed.error());
  if (parsed->exit_code) return *parsed->exit_code;
  auto client = Client::create(parsed->settings);
  if (!client) return service::fail(kStatusCommand, client.error());
  const auto services = (*client)->services();
  if (!services) return service::fail(kStatusCommand, services.error());
  const auto states = ask_all(**client, *services);
  const auto text = parsed->settings.boolean("json") ? status_json((*client)->hub(), states)
                                                     : status_table((*client)->hub(), states);
  std::fputs(text.c_str(), stdout);
  return std::ranges::all_of(states, [](const auto& it) { return static_cast<bool>(it.status); })
             ? 0
             : 1;
}

}  // namespace slicecast::cli
