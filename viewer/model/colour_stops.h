// The control colours behind the colour maps: 0xRRGGBB at even steps, first and last included.
#pragma once

#include <cstdint>
#include <span>

#include "viewer/model/colour_map.h"

namespace slicecast::viewer {

std::span<const std::uint32_t> colour_stops(ColourMap map);

}  // namespace slicecast::viewer
