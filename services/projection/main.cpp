#include "common/compute/compute.h"
#include "common/config/program.h"
#include "common/log/log.h"
#include "common/offline/bad_pixel_mask.h"
#include "services/projection/server.h"

int main(int argc, char** argv) {
  using namespace slicecast;
  constexpr const char* kProgram = "slicecast-projection";
  service::StopSignal stop;
  auto parsed = config::parse_program(
      {kProgram, "projection",
       "Corrects, weights and filters raw projections as they arrive and keeps one window of them.",
       ""},
      projection::projection_options(), argc, argv);
  if (!parsed) return service::fail(kProgram, parsed.error());
  // Before the exit code: --check answers for it too.
  if (auto checked = projection::check(parsed->settings); !checked)
    return service::fail(kProgram, checked.error());
  if (auto request = compute::request_of(parsed->settings); !request)
    return service::fail(kProgram, request.error());
  if (auto mask = offline::bad_pixel_mask(parsed->settings); !mask)
    return service::fail(kProgram, mask.error());
  if (parsed->exit_code) return *parsed->exit_code;
  const config::Settings& settings = parsed->settings;
  if (auto started =
          log::start(settings.text("name"), settings.text("log_level"), settings.text("log_file"));
      !started)
    return service::fail(kProgram, started.error());
  auto context = service::make_context(settings);
  if (!context) return service::fail(kProgram, context.error());
  auto server = projection::Server::create(**context, settings, parsed->given);
  if (!server) return service::fail(kProgram, server.error());
  while (!stop.wait_for(std::chrono::milliseconds(200)))
    if ((*server)->frame().refused())
      return service::fail(kProgram, {Errc::already_exists, (*server)->frame().refusal()});
  return 0;
}
