// Overlays of values (probabilities, heights, ...): drawn through a colour map, with the limits
// that the producer proposes or those that the user sets. Pure functions, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "viewer/model/colour_map.h"
#include "viewer/model/overlay_match.h"

namespace slicecast::viewer {

// What the ends of the colours stand for, in the unit of the values.
struct ValueLimits {
  double low = 0, high = 1;
  friend bool operator==(const ValueLimits&, const ValueLimits&) = default;
};

inline constexpr std::uint16_t kLastStep = 65534, kNoStep = 65535;

// The same image in steps from its least to its greatest value: uint16, 0 to kLastStep, kNoStep
// where there is no number; `scale` and `offset` of its format give the values back. Refused when
// check_overlay refuses, and for labels. Milliseconds: not for the UI thread.
Result<OverlayImagePtr> in_steps(const OverlayImage& image);

// Of an image from in_steps: the limits that the producer proposes; when it has none, the least and
// greatest value.
ValueLimits proposed_limits(const OverlayImage& steps);
// Of an image from in_steps, at shares (0 to 1) of its width and height: the value as it was sent;
// none where there is none.
std::optional<double> value_at(const OverlayImage& steps, double along_columns, double along_rows);

// 255 colours from the lower limit to the upper one for the shader and a clear one for no number,
// in the form of OverlayStyle::palette().
std::array<std::uint32_t, 256> step_palette(ColourChoice colours, double alpha);

}  // namespace slicecast::viewer
