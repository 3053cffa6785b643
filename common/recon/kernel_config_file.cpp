// Kernel configurations as files.
#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "common/recon/kernel_config.h"

namespace slicecast::recon {
namespace {

constexpr std::uintmax_t kLargestConfig = 1 << 20;

Error malformed_knob(std::string message) {
  return {Errc::malformed, std::move(message)};
}

std::string_view stripped(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// No string that this file may hold has a # in it.
std::string_view without_comment(std::string_view line) {
  return stripped(line.substr(0, line.find('#')));
}

bool is_section(std::string_view name) {
  for (const Knob& knob : kernel_knobs())
    if (knob.section == name) return true;
  return false;
}

Result<long long> knob_value(const Knob& knob, std::string_view text) {
  if (!knob.choices.empty()) {
    std::string known;
    for (std::size_t i = 0; i < knob.choices.size(); ++i) {
      if (text == '"' + std::string(knob.choices[i]) + '"') return static_cast<long long>(i);
      known += (i == 0 ? "\"" : ", \"") + std::string(knob.choices[i]) + '"';
    }
    return malformed_knob(full_name(knob) + " is one of " + known);
  }
  std::string digits;
  for (const char c : text)
    if (c != '_') digits += c;
  if (digits.empty() || digits.size() > 18 ||
      digits.find_first_not_of("0123456789") != std::string::npos)
    return malformed_knob(full_name(knob) + " is a whole number, not " + std::string(text));
  const long long value = std::stoll(digits);
  if (auto good = check_knob(knob, value); !good) return good.error();
  return value;
}

}  // namespace

std::string kernel_config_text(const KernelConfig& config) {
  std::string text = "# Kernel configuration of Slicecast.\n";
  std::string_view section;
  for (const Knob& knob : kernel_knobs()) {
    if (knob.section != section) text += "\n[" + std::string(section = knob.section) + "]\n";
    const long long value = knob.get(config);
    const auto index = static_cast<std::size_t>(value);
    const std::string written = index < knob.choices.size()
                                    ? '"' + std::string(knob.choices[index]) + '"'
                                    : std::to_string(value);
    text += std::string(knob.name) + " = " + written + "  # " + std::string(knob.doc) + "\n";
  }
  return text;
}

Result<KernelConfig> read_kernel_config(const std::filesystem::path& path) {
  // A pipe would be waited for, and a device read without end.
  std::error_code failed;
  const bool regular = std::filesystem::is_regular_file(path, failed);
  std::ifstream file;
  if (regular) file.open(path, std::ios::binary);
  if (!regular || !file)
    return Error{Errc::not_found, "cannot read kernel configuration " + path.string() +
                                      "; check the path or leave the option out"};
  if (std::filesystem::file_size(path, failed) > kLargestConfig)
    return Error{Errc::malformed, path.string() + " is larger than a kernel configuration can be"};
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  auto config = parse_kernel_config(text);
  if (!config) return Error{config.error().code, path.string() + ": " + config.error().message};
  return config;
}

Result<void> write_kernel_config(const std::filesystem::path& path, const KernelConfig& config) {
  // Readers see the old file or the new one, never half of one.
  const std::filesystem::path beside = path.string() + ".new";
  {
    std::ofstream file(beside, std::ios::binary | std::ios::trunc);
    file << kernel_config_text(config);
    file.close();
    if (!file)
      return Error{Errc::io,
                   "cannot write " + beside.string() + "; check the folder and its space"};
  }
  std::error_code failed;
  std::filesystem::rename(beside, path, failed);
  if (failed) return Error{Errc::io, "cannot write " + path.string() + ": " + failed.message()};
  return {};
}

Result<KernelConfig> parse_kernel_config(std::string_view text) {
  KernelConfig config;
  std::string_view section;
  std::vector<const Knob*> seen;
  int number = 0;
  const auto at_line = [&](const std::string& what) {
    return Error{Errc::malformed, "line " + std::to_string(number) + ": " + what};
  };
  while (!text.empty()) {
    ++number;
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = without_comment(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) continue;
    if (line.front() == '[' && line.back() == ']') {
      section = stripped(line.substr(1, line.size() - 2));
      if (!is_section(section)) return at_line("no table [" + std::string(section) + "]");
      continue;
    }
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) return at_line("neither a [table] nor name = value");
    const std::string_view name = stripped(line.substr(0, equals));
    const Knob* found = nullptr;
    for (const Knob& knob : kernel_knobs())
      if (knob.section == section && knob.name == name) found = &knob;
    if (found == nullptr)
      return at_line("no knob '" + std::string(name) + "' in [" + std::string(section) + "]");
    const auto value = knob_value(*found, stripped(line.substr(equals + 1)));
    if (!value) return at_line(value.error().message);
    if (std::ranges::find(seen, found) != seen.end())
      return at_line(full_name(*found) + " is given twice");
    seen.push_back(found);
    found->set(config, *value);
  }
  return config;
}

}  // namespace slicecast::recon
