#include "viewer/model/colour_map.h"

#include <algorithm>
#include <cmath>

#include "viewer/model/colour_stops.h"

namespace slicecast::viewer {
namespace {

constexpr std::array<const char*, kColourMaps.size()> kNames{
    "gray", "viridis", "magma", "inferno", "plasma", "cividis", "turbo"};
constexpr std::string_view kReversedSuffix = "_r";

std::uint8_t blended(std::uint32_t from, std::uint32_t to, int shift, double share) {
  const double a = (from >> shift) & 0xff, b = (to >> shift) & 0xff;
  return static_cast<std::uint8_t>(std::lround(a + (b - a) * share));
}

ColourTable made(ColourMap map, bool reversed) {
  const auto stops = colour_stops(map);
  ColourTable table;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const double place = static_cast<double>(i * (stops.size() - 1)) / (table.size() - 1.0);
    const auto first = std::min(static_cast<std::size_t>(place), stops.size() - 2);
    const double share = place - static_cast<double>(first);
    const std::uint32_t from = stops[first], to = stops[first + 1];
    table[reversed ? table.size() - 1 - i : i] = {blended(from, to, 16, share),
                                                  blended(from, to, 8, share),
                                                  blended(from, to, 0, share), 255};
  }
  return table;
}

}  // namespace

std::string to_string(ColourChoice choice) {
  std::string name = kNames[static_cast<std::size_t>(choice.map)];
  if (choice.reversed) name += kReversedSuffix;
  return name;
}

Result<ColourChoice> parse_colour_map(std::string_view name) {
  ColourChoice choice;
  std::string_view base = name;
  choice.reversed = base.ends_with(kReversedSuffix);
  if (choice.reversed) base.remove_suffix(kReversedSuffix.size());
  for (ColourMap map : kColourMaps) {
    choice.map = map;
    if (base == kNames[static_cast<std::size_t>(map)]) return choice;
  }
  return Error{Errc::invalid_argument,
               "there is no colour map '" + std::string(name) +
                   "'; take gray, viridis, magma, inferno, plasma, cividis or turbo, reversed "
                   "with _r"};
}

const ColourTable& colour_table(ColourChoice choice) {
  static const auto tables = [] {
    std::array<ColourTable, 2 * kColourMaps.size()> all;
    for (ColourMap map : kColourMaps)
      for (bool reversed : {false, true})
        all[2 * static_cast<std::size_t>(map) + (reversed ? 1 : 0)] = made(map, reversed);
    return all;
  }();
  return tables[2 * static_cast<std::size_t>(choice.map) + (choice.reversed ? 1 : 0)];
}

Rgba8 lookup(const ColourTable& table, double share) {
  if (std::isnan(share)) return {0, 0, 0, 0};
  const auto last = static_cast<double>(table.size() - 1);
  return table[static_cast<std::size_t>(std::lround(std::clamp(share, 0.0, 1.0) * last))];
}

}  // namespace slicecast::viewer
