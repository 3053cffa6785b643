#include "viewer/model/value_overlay.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

namespace slicecast::viewer {
namespace {

constexpr double kSteps = 254;
constexpr std::uint8_t kNothing = 255;

struct Limits {
  double low = 0, high = 0;
};

template <class Stored>
Limits extremes(std::span<const Stored> stored, double scale, double offset) {
  Limits found{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
  for (const Stored one : stored) {
    const double value = static_cast<double>(one) * scale + offset;
    if (!std::isfinite(value)) continue;
    found.low = std::min(found.low, value);
    found.high = std::max(found.high, value);
  }
  return found;
}

template <class Stored>
BufferPtr stepped(const OverlayImage& image, Limits& limits) {
  const v1::PixelFormat& format = image.header.pixels();
  const double scale = format.scale() == 0 ? 1 : format.scale(), offset = format.offset();
  const auto count =
      static_cast<std::size_t>(image.rows()) * static_cast<std::size_t>(image.columns());
  const std::span<const Stored> stored(image.pixels->as<Stored>(), count);
  if (limits.low == 0 && limits.high == 0) limits = extremes(stored, scale, offset);
  // Nothing but one value, or no number at all.
  if (!(limits.high > limits.low))
    limits = std::isfinite(limits.low) ? Limits{limits.low, limits.low + 1} : Limits{0, 1};
  BufferPtr steps = Buffer::allocate(count);
  std::ranges::transform(stored, steps->as<std::uint8_t>(), [&](Stored one) {
    const double value = static_cast<double>(one) * scale + offset;
    if (std::isnan(value)) return kNothing;
    const double share = std::clamp((value - limits.low) / (limits.high - limits.low), 0.0, 1.0);
    return static_cast<std::uint8_t>(std::lround(kSteps * share));
  });
  return steps;
}

}  // namespace

Result<OverlayImagePtr> in_steps(const OverlayImage& image) {
  if (auto good = check_overlay(image); !good) return good.error();
  if (!image.header.has_values())
    return Error{Errc::unsupported, "labels have classes, not limits; take a feed of values"};
  Limits limits{image.header.values().minimum(), image.header.values().maximum()};
  const v1::PixelType type = image.header.pixels().type();
  auto made = std::make_shared<OverlayImage>(image);
  made->pixels = type == v1::FLOAT32  ? stepped<float>(image, limits)
                 : type == v1::UINT16 ? stepped<std::uint16_t>(image, limits)
                                      : stepped<std::uint8_t>(image, limits);
  v1::PixelFormat& format = *made->header.mutable_pixels();
  format.set_type(v1::UINT8);
  format.set_bytes(made->pixels->size());
  format.set_scale((limits.high - limits.low) / kSteps);
  format.set_offset(limits.low);
  return OverlayImagePtr(std::move(made));
}

std::array<std::uint32_t, 256> step_palette(ColourChoice colours, double alpha) {
  const ColourTable& table = colour_table(colours);
  const auto opacity = static_cast<std::uint32_t>(std::lround(255 * std::clamp(alpha, 0.0, 1.0)));
  std::array<std::uint32_t, 256> palette{};
  for (std::size_t i = 0; i < kNothing; ++i) {
    const Rgba8 colour = lookup(table, static_cast<double>(i) / kSteps);
    palette[i] = colour.r | static_cast<std::uint32_t>(colour.g) << 8 |
                 static_cast<std::uint32_t>(colour.b) << 16 | opacity << 24;
  }
  return palette;
}

}  // namespace slicecast::viewer
