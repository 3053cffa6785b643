// slicecast demo: all services on one screen line, without configuration and without traces.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <map>

#include "common/config/program.h"
#include "common/service/service.h"
#include "services/cli/demo_children.h"
#include "services/cli/demo_labels.h"
#include "services/cli/demo_slices.h"
#include "services/cli/demo_viewer.h"
#include "services/cli/demo_watch.h"
#include "services/cli/subcommands.h"
#include "services/cli/supervisor.h"

namespace slicecast::cli {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr const char* kDemoCommand = "slicecast demo";
// A first slice later than this after the start is a failure of a timed demo, not slowness.
constexpr std::chrono::seconds kLongestStart{60};

Supervisor::Events reports() {
  Supervisor::Events events;
  events.ended = [](const std::string& name, const std::string& how, auto again) {
    std::fprintf(stderr, "\n%s ended with %s%s\n", name.c_str(), how.c_str(),
                 again ? ", restarting it" : "");
  };
  return events;
}

void show(const DemoFigures& figures, double seconds, bool one_line) {
  std::printf(one_line ? "\r\033[K%6.1f s %s" : "%6.1f s %s\n", seconds, figures.line().c_str());
  std::fflush(stdout);
}

// Known at the start, not after the demo.
Result<void> prepare(const std::filesystem::path& folder) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (!failure && access(folder.c_str(), W_OK | X_OK) != 0)
    failure = std::error_code(errno, std::generic_category());
  if (failure)
    return Error{Errc::io, folder.string() + " cannot be used: " + failure.message() +
                               "; give --snapshot a directory that can be written"};
  return {};
}

Result<void> check_demo(const config::Settings& settings) {
  if (settings.boolean("cone") && !settings.text("file").empty())
    return Error{Errc::invalid_argument,
                 "--cone belongs to a simulated scan; a file says itself what beam it has"};
  if (!settings.text("file").empty() && access(settings.text("file").c_str(), R_OK) != 0)
    return Error{
        Errc::not_found,
        settings.text("file") + " cannot be read; give --file a Data Exchange or NXtomo file"};
  const auto plugin = program_folder() / "slicecast-segment";
  if (settings.boolean("segment") && access(plugin.c_str(), X_OK) != 0)
    return Error{
        Errc::not_found,
        plugin.string() + " is not there; './dev build' builds it, or leave out --segment"};
  if (!settings.text("snapshot").empty()) return prepare(settings.text("snapshot"));
  return {};
}

// Until the time is over, a stop, or a service that gives up. Returns whether a slice came.
bool watch_until_end(const config::Settings& settings, Supervisor& supervisor, DemoWatch& watch,
                     std::optional<DemoViewer>& viewer, service::StopSignal& stop) {
  const bool one_line = isatty(STDOUT_FILENO) != 0 && !settings.boolean("headless");
  const double limit_s = settings.real("seconds");
  const auto start = Clock::now();
  std::optional<Clock::time_point> first_slice;
  bool told = false;  // what keeps slices from coming
  const auto since = [](Clock::time_point moment) {
    return std::chrono::duration<double>(Clock::now() - moment).count();
  };
  while (!supervisor.run(stop, milliseconds(1000)) && supervisor.worst_exit_code() == 0) {
    if (!first_slice && watch.slices_received() > 0) first_slice = Clock::now();
    show(watch.figures(), since(start), one_line);
    if (const auto line = viewer ? viewer->ended() : std::nullopt)
      std::fprintf(stderr, "%s%s\n", one_line ? "\n" : "", line->c_str());
    const auto obstacle = watch.obstacle();
    if (obstacle && limit_s > 0) break;  // waiting helps no more
    if (obstacle && !told) std::fprintf(stderr, "%s%s\n", one_line ? "\n" : "", obstacle->c_str());
    told = obstacle.has_value();
    if (limit_s <= 0) continue;
    if (first_slice ? since(*first_slice) >= limit_s : Clock::now() - start > kLongestStart) break;
  }
  if (one_line) std::puts("");
  return watch.slices_received() > 0;
}

Result<void> print_overlays(const std::map<std::string, LabelledSlice>& slices,
                            const std::filesystem::path& folder) {
  const auto paths = write_overlays(slices, folder);
  if (!paths) return paths.error();
  for (const auto& path : *paths) std::printf("%s\n", path.c_str());
  return {};
}

Result<void> run(const config::Settings& settings, service::StopSignal& stop) {
  const auto port = free_port();
  if (!port) return port.error();
  const auto state = TemporaryDirectory::create();
  if (!state) return state.error();
  Supervisor supervisor(demo_children(settings, *port, program_folder(), state->path()), {},
                        reports());
  if (auto ok = supervisor.start(); !ok) return ok;
  const std::string hub = "tcp://127.0.0.1:" + std::to_string(*port);
  std::printf("hub %s; look from elsewhere with 'slicecast status --hub %s'\n", hub.c_str(),
              hub.c_str());
  std::fflush(stdout);  // before what comes on stderr
  auto watch = DemoWatch::create(hub, static_cast<int>(settings.integer("slice_size")),
                                 settings.boolean("segment"));
  if (!watch) return watch.error();
  std::optional<DemoViewer> viewer;
  if (!settings.boolean("headless")) {
    std::string notice;
    viewer.emplace(DemoViewer::open(hub, notice));
    if (!notice.empty()) std::fprintf(stderr, "%s\n", notice.c_str());
  }
  const bool seen = watch_until_end(settings, supervisor, **watch, viewer, stop);
  const auto obstacle = (*watch)->obstacle();
  const auto pictures = (*watch)->pictures();
  const auto labelled = (*watch)->labelled_pictures();
  (*watch)->request_stop();
  if (viewer) viewer->request_stop();
  supervisor.stop();
  viewer.reset();
  watch->reset();
  if (supervisor.worst_exit_code() != 0)
    return Error{Errc::invalid_argument, "a service gave up; its line above says what to do"};
  if (obstacle) return Error{Errc::invalid_argument, "the scan cannot be shown: " + *obstacle};
  if (!settings.text("snapshot").empty()) {
    const auto paths = write_pictures(pictures, settings.text("snapshot"));
    if (!paths) return paths.error();
    for (const auto& path : *paths) std::printf("%s\n", path.c_str());
    if (settings.boolean("segment"))
      if (auto ok = print_overlays(labelled, settings.text("snapshot")); !ok) return ok;
  }
  if (!seen && settings.real("seconds") > 0 && !stop.stopping())
    return Error{Errc::unavailable, "no slice came; 'slicecast doctor' checks this machine"};
  return {};
}

}  // namespace

int run_demo(int argc, const char* const* argv) {
  service::StopSignal stop;
  const auto options = demo_options();
  const auto parsed = config::parse_command(
      {kDemoCommand,
       "Streams a simulated or recorded scan through source, projection server and slice server, "
       "opens the viewer when there is a display, and shows how they do. Closing the viewer leaves "
       "the demo running; Ctrl-C ends both.",
       {}},
      options, argc, argv);
  if (!parsed) return usage_error(kDemoCommand, parsed.error());
  if (parsed->exit_code) return *parsed->exit_code;
  if (auto ok = check_demo(parsed->settings); !ok) return usage_error(kDemoCommand, ok.error());
  if (auto ok = run(parsed->settings, stop); !ok) return service::fail(kDemoCommand, ok.error());
  return 0;
}

}  // namespace slicecast::cli
