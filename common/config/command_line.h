// What stands on a command line, before it is checked against the types of the options. Internal to
// this folder: programs call parse_program() or parse_command().
#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/config/program.h"

namespace slicecast::config {

struct CommandLine {
  std::vector<std::pair<std::string, std::string>> given;  // option, text
  std::vector<std::string> arguments;                      // positional
  std::optional<int> exit_code;                            // help or version was printed
};

Result<CommandLine> read_command_line(const CommandSpec& spec, std::span<const Option> schema,
                                      int argc, const char* const* argv);

}  // namespace slicecast::config
