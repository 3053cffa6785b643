#include "common/config/program.h"

#include <algorithm>
#include <cstdio>

#include "common/base/last_words.h"
#include "common/base/names.h"
#include "common/base/open_files.h"
#include "common/config/command_line.h"

namespace slicecast::config {
namespace {

Error on_command_line(const std::string& option, const Error& error) {
  std::string flag = "--" + option;
  std::ranges::replace(flag, '_', '-');
  // The message begins with the option's name, which the command line spells with dashes.
  if (error.message.starts_with(option))
    return {error.code, flag + error.message.substr(option.size())};
  return {error.code, flag + ": " + error.message};
}

// wire::bind_socket() refuses it too, but only once the other services of a file run already.
Result<void> check_bind(const Settings& settings) {
  const std::string& host = settings.text("bind");
  constexpr const char* kOfAddresses =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.:-_%[]*";
  if (host.empty() || host.find_first_not_of(kOfAddresses) != std::string::npos)
    return Error{
        Errc::invalid_argument,
        "bind " + to_text(host) +
            " is no address; give 127.0.0.1, one of this machine's own, or 0.0.0.0 for all"};
  if (is_loopback(host) || !settings.text("curve").empty() ||
      settings.boolean("allow_plain_public"))
    return {};
  return Error{Errc::permission_denied,
               "bind '" + host +
                   "' can be reached from other machines and nothing protects it; set `curve`, "
                   "bind to 127.0.0.1, or set allow_plain_public (--allow-plain-public)"};
}

}  // namespace

Result<ParsedCommand> parse_command(const CommandSpec& spec, std::span<const Option> schema,
                                    int argc, const char* const* argv) {
  end_in_plain_words(spec.program);
  auto line = read_command_line(spec, schema, argc, argv);
  if (!line) return line.error();
  ParsedCommand parsed{Settings(schema), std::move(line->arguments), line->exit_code};
  for (const auto& [name, text] : line->given)
    if (auto ok = parsed.settings.set_text(name, text); !ok)
      return on_command_line(name, ok.error());
  return parsed;
}

Result<ParsedProgram> parse_program(const ProgramSpec& spec, std::span<const Option> own, int argc,
                                    const char* const* argv) {
  end_in_plain_words(spec.program);
  const std::vector<Option> schema = with_common(own, spec.section);
  std::vector<Option> all = schema;
  all.push_back({.name = "config",
                 .default_value = "",
                 .doc = "Read the section [" + spec.section + "] of this TOML file"});
  all.push_back({.name = "check",
                 .type = Type::boolean,
                 .default_value = false,
                 .doc = "Check the options and the configuration file, and exit"});
  all.push_back({.name = "reference",
                 .type = Type::boolean,
                 .default_value = false,
                 .doc = "Print all options as a Markdown table, and exit"});
  auto line = read_command_line({spec.program, spec.doc, {}}, all, argc, argv);
  if (!line) return line.error();
  ParsedProgram parsed{Settings(schema), line->exit_code};
  if (parsed.exit_code) return parsed;

  const auto config =
      std::ranges::find(line->given, "config", [](const auto& it) { return it.first; });
  if (config != line->given.end()) {
    const auto file = read_config(config->second, service_sections());
    if (!file) return file.error();
    if (auto ok = file->apply(spec.section, parsed.settings); !ok) return ok.error();
  }
  for (const auto& [name, text] : line->given) {
    if (name == "config") continue;
    if (name == "check" || name == "reference") {
      if (text == "false") continue;
      parsed.exit_code = 0;
      if (name == "reference") std::fputs(reference_table(spec.section, schema).c_str(), stdout);
      continue;
    }
    if (auto ok = parsed.settings.set_text(name, text); !ok)
      return on_command_line(name, ok.error());
    parsed.given.push_back(name);
  }
  if (auto ok = check_service_name(parsed.settings.text("name")); !ok) return ok.error();
  if (auto ok = check_bind(parsed.settings); !ok) return ok.error();
  if (parsed.exit_code) return parsed;
  if (auto ok = raise_limit_of_open_files(); !ok) return ok.error();
  return parsed;
}

}  // namespace slicecast::config
