// Colour maps as tables of 256 entries, sRGB, opaque. Kept as short lists of control colours and
// interpolated linearly; at most 2/255 from the published tables. Any thread.
//
// viridis, magma, inferno, plasma: van der Walt & Smith 2015; cividis: Nunez, Anderton & Renslow
// 2018; turbo: Mikhailov 2019.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/error.h"

namespace slicecast::viewer {

struct Rgba8 {
  std::uint8_t r = 0, g = 0, b = 0, a = 255;
  friend bool operator==(const Rgba8&, const Rgba8&) = default;
};
using ColourTable = std::array<Rgba8, 256>;  // 1024 bytes, as glTexSubImage takes it

enum class ColourMap : std::uint8_t { gray, viridis, magma, inferno, plasma, cividis, turbo };
inline constexpr std::array kColourMaps{ColourMap::gray,    ColourMap::viridis, ColourMap::magma,
                                        ColourMap::inferno, ColourMap::plasma,  ColourMap::cividis,
                                        ColourMap::turbo};

struct ColourChoice {
  ColourMap map = ColourMap::gray;
  bool reversed = false;
  friend bool operator==(const ColourChoice&, const ColourChoice&) = default;
};

// "viridis", reversed "viridis_r".
std::string to_string(ColourChoice choice);
Result<ColourChoice> parse_colour_map(std::string_view name);

// Made once; the reference stays valid.
const ColourTable& colour_table(ColourChoice choice);

// Nearest entry; shares below 0 and above 1 take the ends, NaN is transparent black.
Rgba8 lookup(const ColourTable& table, double share);

}  // namespace slicecast::viewer
