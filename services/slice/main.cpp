#include <cstdio>

#include "common/config/program.h"
#include "common/log/log.h"
#include "services/slice/options.h"
#include "services/slice/server.h"

int main(int argc, char** argv) {
  using namespace slicecast;
  service::StopSignal stop;
  auto parsed = config::parse_program(
      {"slicecast-slice", "slice",
       "Reconstructs slices of any pose, a preview and volumes from filtered projections, live.",
       ""},
      slice::options(), argc, argv);
  if (!parsed) {
    std::fprintf(stderr, "slicecast-slice: %s\n", parsed.error().message.c_str());
    return 2;
  }
  // Before the exit code: --check answers for these too.
  if (auto checked = slice::check(parsed->settings); !checked)
    return service::fail("slicecast-slice", checked.error());
  if (parsed->exit_code) return *parsed->exit_code;
  const config::Settings& settings = parsed->settings;
  if (auto started =
          log::start(settings.text("name"), settings.text("log_level"), settings.text("log_file"));
      !started) {
    std::fprintf(stderr, "slicecast-slice: %s\n", started.error().message.c_str());
    return 2;
  }
  auto context = service::make_context(settings);
  if (!context) {
    spdlog::critical("{}", context.error().message);
    return 2;
  }
  auto server = slice::Server::create(**context, settings);
  if (!server) {
    spdlog::critical("{}", server.error().message);
    return 2;
  }
  while (!stop.wait_for(std::chrono::milliseconds(200))) {
    if (!(*server)->frame().refused()) continue;
    spdlog::critical("{}", (*server)->frame().refusal());
    return 2;
  }
  return 0;
}
