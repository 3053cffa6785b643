// The only file that sees CLI11, whose header is slow to compile.
#include "common/config/command_line.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "common/config/version.h"

namespace slicecast::config {
namespace {

std::string flag_of(const std::string& option) {
  std::string flag = "--" + option;
  std::ranges::replace(flag, '_', '-');
  return flag;
}

std::string type_text(const Option& option) {
  if (option.type == Type::choice) {
    std::string words;
    for (const auto& word : option.choices) words += (words.empty() ? "" : "|") + word;
    return words;
  }
  if (!option.unit.empty()) return option.unit;
  if (option.type == Type::integer) return "N";
  if (option.type == Type::real) return "X";
  if (option.type == Type::reals) return "X,Y,...";
  return "TEXT";
}

std::string help_text(const Option& option) {
  const std::string standard = to_text(option.default_value);
  return option.doc + (standard == "\"\"" || standard == "[]" ? "" : " [" + standard + "]");
}

// CLI11 says only that something was left over; we know the names it might have been.
Error unknown_argument(const std::string& program, const std::string& argument,
                       const std::vector<std::string>& flags) {
  const std::string name = argument.substr(0, argument.find('='));
  std::string message = "unknown argument '" + argument + "'";
  const std::string near = name.starts_with('-') ? suggestion(name, flags) : "";
  message += near.empty() ? "; '" + program + " --help' lists what there is"
                          : "; did you mean '" + near + "'?";
  return {Errc::invalid_argument, message};
}

}  // namespace

Result<CommandLine> read_command_line(const CommandSpec& spec, std::span<const Option> schema,
                                      int argc, const char* const* argv) {
  CLI::App app(spec.doc, spec.program);
  app.allow_extras();
  app.set_help_flag();  // ours must not hide a mistake behind it, nor print from inside
  bool help = false, version_asked = false;
  app.add_flag("-h,--help", help, "Show this and exit");
  app.add_flag("--version", version_asked, "Show the version and exit");

  CommandLine line;
  std::vector<std::string> flags = {"--help", "--version"};
  std::vector<std::string> texts(schema.size());
  std::vector<CLI::Option*> given(schema.size());
  for (std::size_t i = 0; i < schema.size(); ++i) {
    const std::string flag = flag_of(schema[i].name);
    flags.push_back(flag);
    if (schema[i].type == Type::boolean) {
      const std::string both = flag + ",!--no-" + flag.substr(2);
      given[i] = app.add_flag(both, texts[i], help_text(schema[i]));
    } else {
      given[i] = app.add_option(flag, texts[i], help_text(schema[i]));
      given[i]->type_name(type_text(schema[i]));
      given[i]->take_last()->allow_extra_args(false);
    }
  }
  std::vector<std::vector<std::string>> arguments(spec.positionals.size());
  for (std::size_t i = 0; i < spec.positionals.size(); ++i) {
    const Positional& positional = spec.positionals[i];
    auto* option = app.add_option(positional.name, arguments[i], positional.doc);
    option->type_name("")->expected(positional.repeated ? -1 : 1)->required(positional.required);
  }

  // A misspelt option first: its value would otherwise count as one positional too many.
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--") break;
    const std::string name(word.substr(0, word.find('=')));
    const bool negated =
        name.starts_with("--no-") && std::ranges::find(flags, "--" + name.substr(5)) != flags.end();
    if (name.starts_with("--") && !negated && std::ranges::find(flags, name) == flags.end())
      return unknown_argument(spec.program, name, flags);
  }

  try {
    app.parse(argc, argv);
  } catch (const CLI::RequiredError&) {  // said in our own words below, and no matter to --help
  } catch (const CLI::ArgumentMismatch& error) {
    return Error{Errc::invalid_argument,
                 std::string(error.what()) + "; '" + spec.program + " --help' shows what it takes"};
  } catch (const CLI::ParseError& error) {
    return Error{Errc::invalid_argument, error.what()};
  }
  if (help) {
    std::fputs(app.help().c_str(), stdout);
    line.exit_code = 0;
    return line;
  }
  if (version_asked) {
    std::printf("slicecast %s\n", version());
    line.exit_code = 0;
    return line;
  }
  if (const auto extras = app.remaining(); !extras.empty())
    return unknown_argument(spec.program, extras.front(), flags);
  for (std::size_t i = 0; i < schema.size(); ++i)
    if (given[i]->count() > 0) line.given.emplace_back(schema[i].name, texts[i]);
  for (std::size_t i = 0; i < spec.positionals.size(); ++i) {
    if (spec.positionals[i].required && arguments[i].empty())
      return Error{Errc::invalid_argument, spec.positionals[i].name + " is missing; '" +
                                               spec.program + " --help' shows the usage"};
    for (auto& argument : arguments[i]) line.arguments.push_back(std::move(argument));
  }
  return line;
}

}  // namespace slicecast::config
