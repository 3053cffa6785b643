// The command line of a plugin, and its exit codes.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include "common/config/program.h"
#include "common/log/log.h"
#include "common/service/service.h"
#include "plugins/sdk/host.h"
#include "plugins/sdk/plugin.h"

namespace slicecast::plugin {
namespace {

// Ctrl-C ends a plugin within 2 s, whatever its node does.
constexpr std::chrono::milliseconds kPatience{1000};

// The section of the configuration file is named after the plugin, so its name is needed before
// anything else is read.
std::string name_given(const Plugin& plugin, int argc, const char* const* argv) {
  constexpr std::string_view kFlag = "--name";
  std::string name = plugin.name;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == kFlag && i + 1 < argc) name = argv[i + 1];
    if (word.starts_with(kFlag) && word.size() > kFlag.size() && word[kFlag.size()] == '=')
      name = word.substr(kFlag.size() + 1);
  }
  return name;
}

int serve(const Plugin& plugin, const config::Settings& settings, const std::string& program,
          service::StopSignal& stop) {
  if (auto started =
          log::start(settings.text("name"), settings.text("log_level"), settings.text("log_file"));
      !started)
    return service::fail(program, started.error());
  auto context = service::make_context(settings);
  if (!context) return service::fail(program, context.error());
  auto host = Host::create(**context, plugin, settings);
  if (!host) return service::fail(program, host.error());
  while (!stop.wait_for(std::chrono::milliseconds(200))) {
    if (!(*host)->frame().refused()) continue;
    const Error refusal{Errc::already_exists, (*host)->frame().refusal()};
    const int code = service::fail(program, refusal);
    if (!(*host)->stop(kPatience)) std::_Exit(code);
    return code;
  }
  if ((*host)->stop(kPatience)) return 0;
  spdlog::error("the node does not come back from a call; it is left behind");
  spdlog::shutdown();
  std::_Exit(1);
}

}  // namespace

v1::LabelClass label_class(std::uint32_t index, std::string name, std::uint32_t colour_rgb) {
  v1::LabelClass made;
  made.set_index(index);
  made.set_name(std::move(name));
  made.set_colour_rgb(colour_rgb);
  return made;
}

int run(const Plugin& plugin, int argc, const char* const* argv) {
  service::StopSignal stop;
  const std::string program = std::filesystem::path(argv[0]).filename().string();
  Plugin named = plugin;
  named.name = name_given(plugin, argc, argv);
  const auto options = options_of(named);
  const auto parsed =
      config::parse_program({program, "plugin." + named.name, plugin.doc, ""}, options, argc, argv);
  if (!parsed) return service::fail(program, parsed.error());
  if (plugin.check)
    if (auto ok = plugin.check(parsed->settings); !ok) return service::fail(program, ok.error());
  if (parsed->exit_code) return *parsed->exit_code;
  return serve(plugin, parsed->settings, program, stop);
}

}  // namespace slicecast::plugin
