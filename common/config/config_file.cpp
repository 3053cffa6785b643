// The only file that sees toml++, whose header is slow to compile.
#include <algorithm>
#include <array>
#include <cstddef>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

#define TOML_HEADER_ONLY 0
#include <toml++/toml.h>

#include "common/config/program.h"

namespace slicecast::config {

struct ConfigFile::Parsed {
  toml::table root;
};

namespace {

std::string at(const std::filesystem::path& path, const toml::source_region& where) {
  return path.string() + ":" + std::to_string(where.begin.line) + ": ";
}

// "" is the root, "plugin.bubbles" a table below a table.
const toml::table* table_of(const toml::table& root, std::string_view section) {
  if (section.empty()) return &root;
  const toml::node_view<const toml::node> node = root.at_path(section);
  return node.as_table();
}

// Strings, numbers, booleans and lists of numbers; anything else has no place in an option.
std::optional<Value> value_of(const toml::node& node) {
  if (const auto* flag = node.as_boolean()) return flag->get();
  if (const auto* whole = node.as_integer()) return std::int64_t{whole->get()};
  if (const auto* real = node.as_floating_point()) return real->get();
  if (const auto* text = node.as_string()) return text->get();
  const auto* list = node.as_array();
  if (list == nullptr) return {};
  std::vector<double> numbers;
  for (const auto& item : *list) {
    const auto number = item.value<double>();
    if (!number || !item.is_number()) return {};
    numbers.push_back(*number);
  }
  return numbers;
}

std::vector<std::string> names_of(std::span<const Option> schema) {
  std::vector<std::string> names;
  for (const auto& option : schema) names.push_back(option.name);
  return names;
}

std::string in_section(std::string_view section) {
  return section.empty() ? " at the top of the file" : " in [" + std::string(section) + "]";
}

std::string hint(const std::string& near, const std::string& otherwise) {
  return near.empty() ? "; " + otherwise : "; did you mean '" + near + "'?";
}

// toml++ bounds how deep values lie in each other, but not tables, and takes stack for each.
Result<void> check_depth(const std::filesystem::path& path) {
  constexpr std::ptrdiff_t kDeepest = 32;
  std::ifstream file(path);
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    const std::string_view words =
        std::string_view(line).substr(std::min(line.find_first_not_of(" \t"), line.size()));
    const auto equals = words.find('=');
    const bool tables = words.starts_with('[') || words.find('{') != std::string_view::npos;
    const auto keys = tables                             ? words
                      : equals == std::string_view::npos ? std::string_view()
                                                         : words.substr(0, equals);
    if (!words.starts_with('#') && std::ranges::count(keys, '.') > kDeepest)
      return Error{Errc::malformed, path.string() + ":" + std::to_string(number) +
                                        ": more tables within each other than a file may have"};
  }
  return {};
}

enum class Others { refused, allowed };

Result<void> apply_section(const ConfigFile& file, std::string_view section, Settings& settings,
                           Others others) {
  const toml::table* table = table_of(file.parsed->root, section);
  if (table == nullptr) return {};
  for (const auto& [key, node] : *table) {
    const std::string name(key.str());
    if (section.empty() && node.is_table()) continue;
    if (settings.find(name) == nullptr) {
      if (others == Others::allowed) continue;
      const auto names = names_of(settings.schema());
      return Error{Errc::invalid_argument,
                   at(file.path, key.source()) + "unknown key '" + name + "'" +
                       in_section(section) +
                       hint(suggestion(name, names), "see docs/reference/configuration.md")};
    }
    auto value = value_of(node);
    if (!value)
      return Error{Errc::invalid_argument,
                   at(file.path, node.source()) + name + in_section(section) +
                       " must be a text, a number, true, false or a list of numbers"};
    if (auto ok = settings.set(name, *std::move(value)); !ok)
      return Error{ok.error().code, at(file.path, node.source()) + ok.error().message};
  }
  return {};
}

Result<void> check_sections(const ConfigFile& file, std::span<const std::string> known) {
  const bool plugins = std::ranges::find(known, "plugin.*") != known.end();
  for (const auto& [key, node] : file.parsed->root) {
    if (!node.is_table()) continue;
    const std::string name(key.str());
    if (plugins && name == "plugin") {
      for (const auto& [plugin, body] : *node.as_table())
        if (!body.is_table())
          return Error{Errc::invalid_argument,
                       at(file.path, plugin.source()) + "'" + std::string(plugin.str()) +
                           "' stands in [plugin]; a plugin's keys go into [plugin.NAME]"};
      continue;
    }
    if (std::ranges::find(known, name) != known.end()) continue;
    std::string list;
    for (const auto& section : known)
      if (!section.empty()) list += (list.empty() ? "[" : ", [") + section + "]";
    return Error{Errc::invalid_argument,
                 at(file.path, key.source()) + "unknown section [" + name + "]" +
                     hint(suggestion(name, known), "the file may have " + list)};
  }
  return {};
}

}  // namespace

Result<void> ConfigFile::apply(std::string_view section, Settings& settings) const {
  return apply_section(*this, section, settings, Others::refused);
}

Result<void> ConfigFile::apply_known(std::string_view section, Settings& settings) const {
  return apply_section(*this, section, settings, Others::allowed);
}

std::vector<std::string> ConfigFile::sections() const {
  std::vector<std::string> names;
  for (const auto& [key, node] : parsed->root) {
    const auto* table = node.as_table();
    if (table == nullptr) continue;
    if (key.str() != "plugin") {
      names.emplace_back(key.str());
      continue;
    }
    for (const auto& [plugin, body] : *table)
      if (body.is_table()) names.push_back("plugin." + std::string(plugin.str()));
  }
  return names;
}

Result<ConfigFile> read_config(const std::filesystem::path& path,
                               std::span<const std::string> known_sections) {
  std::error_code failure;
  if (!std::filesystem::exists(path, failure))
    return Error{Errc::not_found,
                 path.string() + ": no such file; examples are in deploy/examples"};
  if (!std::filesystem::is_regular_file(path, failure))
    return Error{Errc::io, path.string() + ": is not a file; give a TOML configuration file"};
  if (auto ok = check_depth(path); !ok) return ok.error();
  ConfigFile file;
  file.path = path;
  try {
    file.parsed = std::make_shared<const ConfigFile::Parsed>(
        ConfigFile::Parsed{toml::parse_file(path.string())});
  } catch (const toml::parse_error& error) {
    if (error.source().begin.line == 0)
      return Error{Errc::io,
                   path.string() + ": cannot be read: " + std::string(error.description())};
    return Error{Errc::malformed,
                 at(path, error.source()) + "not TOML: " + std::string(error.description())};
  }
  if (auto ok = check_sections(file, known_sections); !ok) return ok.error();
  return file;
}

std::span<const std::string> service_sections() {
  static const std::array<std::string, 7> sections = {"",      "hub",    "source",  "projection",
                                                      "slice", "viewer", "plugin.*"};
  return sections;
}

}  // namespace slicecast::config
