// Overlays of values (probabilities, heights, ...): drawn through a colour map, with the limits
// that the producer proposes. Pure; not for the UI thread, because it takes milliseconds.
#pragma once

#include <array>
#include <cstdint>

#include "viewer/model/colour_map.h"
#include "viewer/model/overlay_match.h"

namespace slicecast::viewer {

// The same image in steps of the limits: uint8, 0 at the minimum, 254 at the maximum (values beyond
// take the ends), 255 where there is no number; `scale` and `offset` of its format give the values
// back. Limits: the header's; when both are 0 the least and greatest value. Refused when
// check_overlay refuses, and for labels.
Result<OverlayImagePtr> in_steps(const OverlayImage& image);

// Colours of the steps for the shader, as OverlayStyle::palette() gives those of classes.
std::array<std::uint32_t, 256> step_palette(ColourChoice colours, double alpha);

}  // namespace slicecast::viewer
