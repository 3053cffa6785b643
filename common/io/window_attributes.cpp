#include "common/io/window_attributes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string_view>

namespace slicecast::io {
namespace {

constexpr std::array<std::string_view, 3> kModes{"continuous", "alternating", "last_n"};
constexpr std::array<std::string_view, 4> kCoverages{"half_turn", "full_turn", "short_scan",
                                                     "offset_axis"};
constexpr double kLargestGroup = 1 << 20;

Result<std::string> word(hid_t group, const std::string& file_name, const char* name,
                         std::span<const std::string_view> known) {
  const auto text = string_attribute(group, name);
  if (!text) return std::string();
  if (std::ranges::find(known, *text) != known.end()) return *text;
  std::string names;
  for (const auto one : known) names += (names.empty() ? "" : ", ") + std::string(one);
  return Error{Errc::malformed, file_name + ": attribute '" + name + "' of '/slicecast' is '" +
                                    *text + "'; it must be one of " + names};
}

}  // namespace

void write_window(hid_t group, const RecordedWindow& window) {
  if (!window.mode.empty()) write_attribute(group, "window_mode", window.mode);
  if (!window.coverage.empty()) write_attribute(group, "coverage", window.coverage);
  if (window.group_size > 0)
    write_attribute(group, "group_size", static_cast<double>(window.group_size));
}

Result<RecordedWindow> read_window(hid_t group, const std::string& file_name) {
  auto mode = word(group, file_name, "window_mode", kModes);
  if (!mode) return mode.error();
  auto coverage = word(group, file_name, "coverage", kCoverages);
  if (!coverage) return coverage.error();
  const double size = number_attribute(group, "group_size").value_or(0);
  if (!(size >= 0) || size > kLargestGroup || size != std::floor(size))
    return Error{Errc::malformed,
                 file_name +
                     ": attribute 'group_size' of '/slicecast' is no number of projections; give a "
                     "whole one up to 1048576"};
  return RecordedWindow{*std::move(mode), *std::move(coverage), static_cast<std::uint64_t>(size)};
}

}  // namespace slicecast::io
