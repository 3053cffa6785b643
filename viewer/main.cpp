// slicecast-viewer: see a scan from the inside while it runs.
#include <csignal>

#include "common/config/program.h"
#include "common/log/log.h"
#include "common/service/service.h"
#include "viewer/app/viewer.h"
#include "viewer/model/thread_roles.h"
#include "viewer/options/options.h"

int main(int argc, char** argv) {
  using namespace slicecast;
  constexpr const char* kProgram = "slicecast-viewer";
  const auto parsed = config::parse_program(
      {kProgram, "viewer",
       "Shows slices of a running scan and moves them: drag a slice anywhere and see the inside.",
       ""},
      viewer::options(), argc, argv);
  if (!parsed) return service::fail(kProgram, parsed.error());
  if (parsed->exit_code) return *parsed->exit_code;
  const config::Settings& settings = parsed->settings;
  if (auto started = log::start("viewer", settings.text("log_level"), settings.text("log_file"));
      !started)
    return service::fail(kProgram, started.error());
  viewer::become_ui_thread();
  for (const int number : {SIGINT, SIGTERM})
    std::signal(number, [](int) { viewer::Viewer::ask_to_end(); });
  auto program = viewer::Viewer::create(settings);
  if (!program) {
    service::fail(kProgram, program.error());
    return 2;
  }
  return (*program)->run();
}
