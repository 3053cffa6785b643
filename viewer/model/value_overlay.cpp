#include "viewer/model/value_overlay.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

namespace slicecast::viewer {
namespace {

// Colours of step_palette; the last entry of 256 is for what is no number.
constexpr std::size_t kColours = 255;

template <class Stored>
ValueLimits extremes(std::span<const Stored> stored, double scale, double offset) {
  ValueLimits found{std::numeric_limits<double>::infinity(),
                    -std::numeric_limits<double>::infinity()};
  for (const Stored one : stored) {
    const double value = static_cast<double>(one) * scale + offset;
    if (!std::isfinite(value)) continue;
    found.low = std::min(found.low, value);
    found.high = std::max(found.high, value);
  }
  // Nothing but one value, or no number at all.
  if (found.high > found.low) return found;
  return std::isfinite(found.low) ? ValueLimits{found.low, found.low + 1} : ValueLimits{0, 1};
}

template <class Stored>
BufferPtr stepped(const OverlayImage& image, ValueLimits& limits) {
  const v1::PixelFormat& format = image.header.pixels();
  const double scale = format.scale() == 0 ? 1 : format.scale(), offset = format.offset();
  const auto count =
      static_cast<std::size_t>(image.rows()) * static_cast<std::size_t>(image.columns());
  const std::span<const Stored> stored(image.pixels->as<Stored>(), count);
  limits = extremes(stored, scale, offset);
  BufferPtr steps = Buffer::allocate(count * sizeof(std::uint16_t));
  std::ranges::transform(stored, steps->as<std::uint16_t>(), [&](Stored one) {
    const double value = static_cast<double>(one) * scale + offset;
    if (std::isnan(value)) return kNoStep;
    const double share = std::clamp((value - limits.low) / (limits.high - limits.low), 0.0, 1.0);
    return static_cast<std::uint16_t>(std::lround(kLastStep * share));
  });
  return steps;
}

}  // namespace

Result<OverlayImagePtr> in_steps(const OverlayImage& image) {
  if (auto good = check_overlay(image); !good) return good.error();
  if (!image.header.has_values())
    return Error{Errc::unsupported, "labels have classes, not limits; take a feed of values"};
  ValueLimits limits;
  const v1::PixelType type = image.header.pixels().type();
  auto made = std::make_shared<OverlayImage>(image);
  made->sent_pixels = image.pixels;
  made->sent_format = image.header.pixels();
  made->pixels = type == v1::FLOAT32  ? stepped<float>(image, limits)
                 : type == v1::UINT16 ? stepped<std::uint16_t>(image, limits)
                                      : stepped<std::uint8_t>(image, limits);
  v1::PixelFormat& format = *made->header.mutable_pixels();
  format.set_type(v1::UINT16);
  format.set_bytes(made->pixels->size());
  format.set_scale((limits.high - limits.low) / kLastStep);
  format.set_offset(limits.low);
  return OverlayImagePtr(std::move(made));
}

ValueLimits proposed_limits(const OverlayImage& steps) {
  const v1::ValueImage& values = steps.header.values();
  if (values.maximum() > values.minimum()) return {values.minimum(), values.maximum()};
  const v1::PixelFormat& format = steps.header.pixels();
  return {format.offset(), format.offset() + kLastStep * format.scale()};
}

std::optional<double> value_at(const OverlayImage& steps, double along_columns, double along_rows) {
  if (!(along_columns >= 0 && along_columns <= 1 && along_rows >= 0 && along_rows <= 1))
    return std::nullopt;
  const auto index = [](double share, int count) {
    return std::min(static_cast<int>(share * count), count - 1);
  };
  const auto place = static_cast<std::size_t>(index(along_rows, steps.rows())) *
                         static_cast<std::size_t>(steps.columns()) +
                     static_cast<std::size_t>(index(along_columns, steps.columns()));
  const v1::PixelFormat& format = steps.sent_format;
  const double stored = format.type() == v1::FLOAT32 ? steps.sent_pixels->as<float>()[place]
                        : format.type() == v1::UINT16
                            ? steps.sent_pixels->as<std::uint16_t>()[place]
                            : steps.sent_pixels->as<std::uint8_t>()[place];
  const double value = stored * (format.scale() == 0 ? 1 : format.scale()) + format.offset();
  return std::isnan(value) ? std::nullopt : std::optional(value);
}

std::array<std::uint32_t, 256> step_palette(ColourChoice colours, double alpha) {
  const ColourTable& table = colour_table(colours);
  const auto opacity = static_cast<std::uint32_t>(std::lround(255 * std::clamp(alpha, 0.0, 1.0)));
  std::array<std::uint32_t, 256> palette{};
  for (std::size_t i = 0; i < kColours; ++i) {
    const Rgba8 colour = lookup(table, static_cast<double>(i) / (kColours - 1));
    palette[i] = colour.r | static_cast<std::uint32_t>(colour.g) << 8 |
                 static_cast<std::uint32_t>(colour.b) << 16 | opacity << 24;
  }
  return palette;
}

}  // namespace slicecast::viewer
