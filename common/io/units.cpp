#include "common/io/units.h"

#include <array>
#include <cmath>
#include <string>
#include <utility>

namespace slicecast::io {
namespace {

using Unit = std::pair<std::string_view, double>;

constexpr std::array<Unit, 11> kAngles{{{"deg", M_PI / 180},
                                        {"degs", M_PI / 180},
                                        {"degree", M_PI / 180},
                                        {"degrees", M_PI / 180},
                                        {"\xc2\xb0", M_PI / 180},
                                        {"rad", 1.0},
                                        {"rads", 1.0},
                                        {"radian", 1.0},
                                        {"radians", 1.0},
                                        {"mrad", 1e-3},
                                        {"mdeg", M_PI / 180000}}};
constexpr std::array<Unit, 22> kLengths{{{"m", 1e3},
                                         {"meter", 1e3},
                                         {"meters", 1e3},
                                         {"metre", 1e3},
                                         {"metres", 1e3},
                                         {"cm", 10},
                                         {"mm", 1},
                                         {"millimeter", 1},
                                         {"millimeters", 1},
                                         {"millimetre", 1},
                                         {"millimetres", 1},
                                         {"um", 1e-3},
                                         {"\xc2\xb5m", 1e-3},
                                         {"\xce\xbcm", 1e-3},
                                         {"micron", 1e-3},
                                         {"microns", 1e-3},
                                         {"micrometer", 1e-3},
                                         {"micrometers", 1e-3},
                                         {"micrometre", 1e-3},
                                         {"micrometres", 1e-3},
                                         {"nm", 1e-6},
                                         {"angstrom", 1e-7}}};
constexpr std::array<Unit, 4> kEnergies{{{"ev", 1e-3}, {"kev", 1}, {"mev", 1e3}, {"gev", 1e6}}};

// ASCII lower case without surrounding blanks and zeros (fixed-length strings are padded).
std::string normalised(std::string_view unit) {
  std::string text;
  for (char c : unit)
    if (c != ' ' && c != '\0' && c != '\t')
      text += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

template <std::size_t N>
std::optional<double> find(const std::array<Unit, N>& units, std::string_view unit) {
  const std::string name = normalised(unit);
  for (const auto& [known, factor] : units)
    if (name == known) return factor;
  return std::nullopt;
}

}  // namespace

std::optional<double> radians_per(std::string_view unit) {
  return find(kAngles, unit);
}
std::optional<double> millimetres_per(std::string_view unit) {
  return find(kLengths, unit);
}
std::optional<double> kev_per(std::string_view unit) {
  return find(kEnergies, unit);
}

}  // namespace slicecast::io
