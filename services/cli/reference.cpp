// slicecast reference: the text of docs/reference/configuration.md, from the definitions of the
// options. Each service prints its own section, so that this program needs none of their libraries.
#include <cstdio>

#include "common/config/program.h"
#include "common/service/service.h"
#include "plugins/sdk/plugin.h"
#include "services/cli/child_process.h"
#include "services/cli/deployment.h"
#include "services/cli/subcommands.h"
#include "viewer/options/options.h"

namespace slicecast::cli {
namespace {

constexpr const char* kReferenceCommand = "slicecast reference";
constexpr const char* kIntroduction =
    R"(<!-- Made by `slicecast reference`; change the definitions of the options instead. -->
# Configuration

Every option of a service is a key of its section in the TOML file that `slicecast up FILE` reads, and an
option of its program: `slice_size = 256` in `[slice]` is `slicecast-slice --slice-size 256`. A boolean
`axis_follow` is `--axis-follow` or `--no-axis-follow`. The command line wins over the file, the file over
the default. An unknown key or a value out of range is refused with its line, before anything starts;
`PROGRAM --config FILE --check` checks a section alone.

Options marked *live* change while the service runs: `slicecast params set NAME=VALUE --service SERVICE`.
Such a change lasts until the service ends.

`slicecast up` starts the hub, the projection server and the slice server, and the source if the file has a
`[source]` section. It adds `--threads` to the services that do not set their own.

)";
constexpr const char* kEachPlugin = "plugin.NAME";
constexpr const char* kPlugins =
    "One section per plugin. `slicecast up` reads `command` and `nice`, starts the program with "
    "`--config "
    "FILE --name NAME` added, restarts it with growing pauses when it ends or hangs, and reads "
    "`hub` and "
    "`curve` to watch it. A plugin that is made with the SDK has the options above and its own "
    "parameters "
    "(`PROGRAM --reference`); one that begins with `slicecast-` is asked to check its section "
    "before "
    "anything starts. Any other program reads the keys of its section itself.\n";

Result<void> print_section_of(const std::string& service) {
  const ChildSpec child{
      service, {(program_folder() / ("slicecast-" + service)).string(), "--reference"}, 0};
  // The child writes to the same stream.
  std::fflush(stdout);
  auto process = ChildProcess::start(child);
  if (!process) return process.error();
  const Ending ending = process->wait();
  if (ending.exit_code != 0 || ending.signal != 0)
    return Error{Errc::unavailable,
                 child.arguments.front() + " ended with " + ending.text() +
                     "; it must be of the same build as this program, build both anew"};
  return {};
}

Result<void> print_reference() {
  std::fputs(kIntroduction, stdout);
  std::fputs(config::reference_table("", deployment_options()).c_str(), stdout);
  for (const char* service : {"hub", "source", "projection", "slice"}) {
    std::fputs("\n", stdout);
    if (auto ok = print_section_of(service); !ok) return ok;
  }
  // The window is not built with every build of the services; its options are.
  std::printf(
      "\n%s",
      config::reference_table("viewer", config::with_common(viewer::options(), "viewer")).c_str());
  std::printf(
      "\n%s\n%s",
      config::reference_table(kEachPlugin, config::with_common(plugin::options_of({}), kEachPlugin))
          .c_str(),
      kPlugins);
  return {};
}

}  // namespace

int run_reference(int argc, const char* const* argv) {
  const auto parsed = config::parse_command(
      {kReferenceCommand,
       "Prints the configuration reference as Markdown, from the options of all services.",
       {}},
      {}, argc, argv);
  if (!parsed) return usage_error(kReferenceCommand, parsed.error());
  if (parsed->exit_code) return *parsed->exit_code;
  if (auto ok = print_reference(); !ok) return service::fail(kReferenceCommand, ok.error());
  return 0;
}

}  // namespace slicecast::cli
