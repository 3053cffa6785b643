// Command line and configuration file of one program. Order of precedence: command line, then the
// section of the TOML file, then defaults.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/config/option.h"

namespace slicecast::config {

// Default loopback ports; -1: the service has no such link. A port option of a service takes its
// default from here, so that the table of ports in the docs is this one.
struct FixedPorts {
  int control = -1, raw = -1, raw_recastx = -1, bulk = -1, feed = -1, metrics = -1;
};
FixedPorts fixed_ports(std::string_view section);  // hub, source, projection, slice; else all 0

// Options that every service has: name, hub, bind (host part), control_port, advertise, threads,
// log_level, log_file, metrics_port, curve, allow_plain_public, socks, state_directory,
// client_role.
std::vector<Option> common_options(std::string_view section = {});

// common_options() and `own` in one vector. An option of `own` with the name of a common one takes
// its place.
std::vector<Option> with_common(std::span<const Option> own, std::string_view section = {});

// state_directory, or its default: $XDG_STATE_HOME/slicecast, else ~/.local/state/slicecast.
// Not created.
std::filesystem::path state_directory(const Settings& settings);

// A whole configuration file: one table per service ([hub], [source], [projection], [slice],
// [plugin.NAME]) and the top-level keys of `slicecast up`, which are the section "".
struct ConfigFile {
  std::filesystem::path path;
  // Values of one section checked against a schema; an unknown key is an error with a suggestion
  // and the line it stands on. A section that the file does not have changes nothing.
  Result<void> apply(std::string_view section, Settings& settings) const;
  // The same for the keys that the schema knows; other keys are somebody else's.
  Result<void> apply_known(std::string_view section, Settings& settings) const;
  std::vector<std::string> sections() const;  // those that are there, plugins as "plugin.NAME"
  struct Parsed;
  std::shared_ptr<const Parsed> parsed;
};
// Unreadable files, TOML errors and unknown sections are refused with file and line. "plugin.*"
// among the known sections allows any [plugin.NAME].
Result<ConfigFile> read_config(const std::filesystem::path& path,
                               std::span<const std::string> known_sections);
std::span<const std::string> service_sections();  // what a Slicecast file may hold

struct ProgramSpec {
  std::string program;  // "slicecast-slice"
  std::string section;  // "slice"
  std::string doc;      // one paragraph for --help
  std::string version;  // empty: the version of this build
};

// Parses argv against with_common(own, section): --config FILE, --check (stop after the settings
// are known to be good), --reference (print reference_table() and stop), --option value, --help,
// --version. Prints help or version itself and then returns an exit code instead of settings.
struct ParsedProgram {
  Settings settings;
  std::optional<int> exit_code;
  std::vector<std::string> given{};  // options of the command line itself
};
Result<ParsedProgram> parse_program(const ProgramSpec& spec, std::span<const Option> own, int argc,
                                    const char* const* argv);

// A command line without a configuration file: options of `schema` and positional arguments.
struct Positional {
  std::string name;  // "FILE"
  std::string doc;
  bool required = true;
  bool repeated = false;  // takes all that is left; the last one only
};
struct CommandSpec {
  std::string program;  // "slicecast slice"
  std::string doc;
  std::vector<Positional> positionals;
};
struct ParsedCommand {
  Settings settings;
  std::vector<std::string> arguments;  // positional, in order
  std::optional<int> exit_code;        // help or version was printed
};
Result<ParsedCommand> parse_command(const CommandSpec& spec, std::span<const Option> schema,
                                    int argc, const char* const* argv);

// Markdown table of a schema, for docs/reference/configuration.md. The section "" is the top level.
std::string reference_table(std::string_view section, std::span<const Option> schema);

}  // namespace slicecast::config
