#include "viewer/model/slice_version.h"

#include <fmt/format.h>

namespace slicecast::viewer {
namespace {

std::size_t bytes_per_pixel(v1::PixelType type) {
  switch (type) {
    case v1::UINT8: return 1;
    case v1::UINT16: return 2;
    case v1::FLOAT32: return 4;
    default: return 0;
  }
}

template <class Stored>
void convert(const Buffer& pixels, float scale, float offset, std::vector<float>& values) {
  const auto* stored = pixels.as<Stored>();
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(stored[i]) * scale + offset;
}

}  // namespace

std::string length_unit_of(const std::string& value_unit) {
  return value_unit == "1/pixel" ? "px" : "mm";
}

bool same_subject(const v1::Stamp& a, const v1::Stamp& b) {
  return a.instance() == b.instance() && a.pose_revision() == b.pose_revision() &&
         a.slice_id() == b.slice_id() && a.scan_id() == b.scan_id();
}

bool same_image(const v1::Stamp& a, const v1::Stamp& b) {
  return a.version() == b.version() && same_subject(a, b);
}

Result<std::vector<float>> values_of(const v1::PixelFormat& format, const ConstBufferPtr& pixels) {
  const std::size_t each = bytes_per_pixel(format.type());
  if (each == 0)
    return Error{Errc::unsupported,
                 "slices come as float32, uint16 or uint8; ask the feed for one of these"};
  if (format.shape_size() < 2)
    return Error{Errc::malformed, "an image needs rows and columns; the sender gave neither"};
  std::size_t count = 1;
  for (const std::uint32_t side : format.shape()) {
    // A shape may lie: the product is checked against the buffer before anything is allocated.
    if (!pixels || side == 0 || count > pixels->size() / side)
      return Error{Errc::malformed, "the image has fewer pixels than its shape says"};
    count *= side;
  }
  if (count > pixels->size() / each)
    return Error{Errc::malformed,
                 fmt::format("the image has {} bytes, its shape says {}; the sender is at fault",
                             pixels->size(), count * each)};
  std::vector<float> values(count);
  const float scale = format.scale() == 0 ? 1 : static_cast<float>(format.scale());
  const auto offset = static_cast<float>(format.offset());
  if (format.type() == v1::UINT8) convert<std::uint8_t>(*pixels, scale, offset, values);
  if (format.type() == v1::UINT16) convert<std::uint16_t>(*pixels, scale, offset, values);
  if (format.type() == v1::FLOAT32) convert<float>(*pixels, scale, offset, values);
  return values;
}

Result<std::vector<float>> values_of(const SliceVersion& version) {
  return values_of(version.format, version.pixels);
}

}  // namespace slicecast::viewer
