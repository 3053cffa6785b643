#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string_view>

#include "common/config/program.h"
#include "common/log/log.h"
#include "common/service/service.h"
#include "services/source/options.h"
#include "services/source/source_service.h"
#include "services/source/thread_limit.h"
#include "services/source/write_scan.h"

namespace {

using namespace slicecast;
constexpr const char* kProgram = "slicecast-source";
constexpr std::chrono::milliseconds kLook{200};

// What --check adds to the options: whether they fit each other and the file can be streamed.
Result<void> check_content(config::Settings settings) {
  if (auto ok = settings.set_text("pre_render", "0"); !ok) return ok;  // takes long, proves nothing
  const auto content = source::make_content(settings);
  if (!content) return content.error();
  return {};
}

int stream(wire::Context& context, const config::Settings& settings,
           service::StopSignal& stop_signal) {
  auto source = source::SourceService::create(context, settings);
  if (!source) return service::fail(kProgram, source.error());
  const bool exit_when_done = settings.boolean("exit_when_done");
  auto& streamer = (*source)->streamer();
  while (!stop_signal.wait_for(kLook)) {
    if ((*source)->frame().refused())
      return service::fail(kProgram, {Errc::already_exists, (*source)->frame().refusal()});
    if (!exit_when_done) continue;
    const auto status = streamer.status();
    if (status.state == source::Streamer::State::failed)
      return service::fail(kProgram, {Errc::io, status.failure});
    if (status.state == source::Streamer::State::done && streamer.wait_until_done(kLook, true))
      return 0;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  service::StopSignal stop_signal;
  const config::ProgramSpec spec{
      kProgram, "source",
      "Streams a recorded scan or a simulated one, frame by frame, to the projection server.", ""};
  auto parsed = config::parse_program(spec, source::source_options(), argc, argv);
  if (!parsed) return service::fail(kProgram, parsed.error());
  const bool check = std::any_of(
      argv, argv + argc, [](const char* word) { return std::string_view(word) == "--check"; });
  if (parsed->exit_code && check)
    if (auto ok = check_content(parsed->settings); !ok) return service::fail(kProgram, ok.error());
  if (parsed->exit_code) return *parsed->exit_code;
  const config::Settings& settings = parsed->settings;
  if (auto logging =
          log::start(settings.text("name"), settings.text("log_level"), settings.text("log_file"));
      !logging)
    return service::fail(kProgram, logging.error());
  const source::ThreadLimit threads(static_cast<int>(settings.integer("threads")));

  if (!settings.text("write").empty()) {
    const auto written = source::write_scan(settings, [&] { return stop_signal.stopping(); });
    if (!written) return service::fail(kProgram, written.error());
    std::printf("%s: %llu frames written\n", settings.text("write").c_str(),
                static_cast<unsigned long long>(*written));
    return 0;
  }
  auto context = service::make_context(settings);
  if (!context) return service::fail(kProgram, context.error());
  return stream(**context, settings, stop_signal);
}
