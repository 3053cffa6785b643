#include "viewer/link/decode.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "common/base/clock.h"
#include "common/wire/pixel_parts.h"
#include "common/wire/pose.h"
#include "viewer/model/overlay_style.h"
#include "viewer/model/thread_roles.h"
#include "viewer/model/value_overlay.h"

namespace slicecast::viewer {
namespace {

struct Shape {
  int planes = 1, rows = 0, columns = 0;
  std::size_t count() const {
    return static_cast<std::size_t>(planes) * static_cast<std::size_t>(rows) *
           static_cast<std::size_t>(columns);
  }
};

// As large as textures may be on any OpenGL 4.1.
constexpr std::uint32_t kLongestSide = 16384, kLongestSideOfVolume = 2048;

Error misfit(const wire::FeedMessage& message) {
  return {Errc::malformed, "the image " + message.header.key() +
                               " has another size than its header says; restart the service that "
                               "sends it, or update it to the version of this viewer"};
}

Result<Shape> shape_of(const wire::FeedMessage& message, int dimensions) {
  const v1::PixelFormat& format = message.header.pixels();
  if (!message.pixels || format.shape_size() != dimensions) return misfit(message);
  for (const auto side : format.shape())
    if (side == 0 || side > (dimensions == 3 ? kLongestSideOfVolume : kLongestSide))
      return misfit(message);
  Shape shape;
  if (dimensions == 3) shape.planes = static_cast<int>(format.shape(0));
  shape.rows = static_cast<int>(format.shape(dimensions - 2));
  shape.columns = static_cast<int>(format.shape(dimensions - 1));
  return shape;
}

template <class Stored>
void widen(std::span<const Stored> stored, double scale, double offset, float* out) {
  const auto factor = static_cast<float>(scale), shift = static_cast<float>(offset);
  std::ranges::transform(stored, out,
                         [=](Stored value) { return static_cast<float>(value) * factor + shift; });
}

template <class Stored>
std::span<const Stored> stored_as(const wire::FeedMessage& message, std::size_t count) {
  return {message.pixels->as<Stored>(), count};
}

// The message's own buffer when it is float already.
Result<ConstBufferPtr> floats_of(const wire::FeedMessage& message, const Shape& shape,
                                 BufferPool& pool) {
  const v1::PixelFormat& format = message.header.pixels();
  const std::size_t count = shape.count();
  const double scale = format.scale() == 0 ? 1 : format.scale(), offset = format.offset();
  const std::size_t bytes = message.pixels->size();
  if (format.type() == v1::FLOAT32 && scale == 1 && offset == 0) {
    if (bytes != count * sizeof(float)) return misfit(message);
    return message.pixels;
  }
  BufferPtr floats = pool.take(count * sizeof(float));
  float* out = floats->as<float>();
  switch (format.type()) {
    case v1::FLOAT32:
      if (bytes != count * 4) return misfit(message);
      widen(stored_as<float>(message, count), scale, offset, out);
      break;
    case v1::UINT16:
      if (bytes != count * 2) return misfit(message);
      widen(stored_as<std::uint16_t>(message, count), scale, offset, out);
      break;
    case v1::UINT8:
      if (bytes != count) return misfit(message);
      widen(stored_as<std::uint8_t>(message, count), scale, offset, out);
      break;
    default:
      return Error{Errc::unsupported,
                   "the image " + message.header.key() +
                       " is neither float32 nor 8 or 16 bit; update this viewer"};
  }
  return ConstBufferPtr(std::move(floats));
}

}  // namespace

Result<SliceFramePtr> slice_frame(const wire::FeedMessage& message, BufferPool& pool) {
  note_job(Job::decoding);
  auto version = std::make_shared<SliceVersion>();
  version->arrived_ns = steady_now_ns();
  const auto shape = shape_of(message, 2);
  if (!shape) return shape.error();
  auto pixels = floats_of(message, *shape, pool);
  if (!pixels) return pixels.error();
  version->header = message.header.slice();
  if (!geometry::check_pose(wire::pose_of(version->header)))
    return Error{Errc::malformed, "the image " + message.header.key() +
                                      " has a pose that spans no plane; update the service that "
                                      "sends it"};
  version->format = wire::pixel_format(PixelType::f32, {static_cast<std::size_t>(shape->rows),
                                                        static_cast<std::size_t>(shape->columns)});
  version->pixels = *std::move(pixels);
  version->sent_as = message.header.pixels().type();
  version->instance = message.header.instance();
  version->version = message.header.version();
  auto frame = std::make_shared<SliceFrame>();
  frame->version = std::move(version);
  frame->sent_as = message.header.pixels().type();
  frame->wire_bytes = message.pixels->size();
  return SliceFramePtr(std::move(frame));
}

Result<PreviewFramePtr> preview_frame(const wire::FeedMessage& message, BufferPool& pool) {
  note_job(Job::decoding);
  const auto shape = shape_of(message, 3);
  if (!shape) return shape.error();
  const Vec3 centre = wire::from_proto(message.header.preview().centre());
  const double reach = geometry::norm(centre) + message.header.preview().voxel_mm();
  if (!(message.header.preview().voxel_mm() > 0) || !std::isfinite(reach))
    return Error{Errc::malformed,
                 "the preview lies nowhere: its centre or voxel is no number; update the service "
                 "that sends it"};
  auto pixels = floats_of(message, *shape, pool);
  if (!pixels) return pixels.error();
  auto frame = std::make_shared<PreviewFrame>();
  frame->header = message.header.preview();
  frame->instance = message.header.instance();
  frame->version = message.header.version();
  frame->planes = shape->planes;
  frame->rows = shape->rows;
  frame->columns = shape->columns;
  frame->pixels = *std::move(pixels);
  frame->histogram = histogram_of({frame->pixels->as<float>(), shape->count()});
  return PreviewFramePtr(std::move(frame));
}

Result<ThumbnailFramePtr> thumbnail_frame(const wire::FeedMessage& message, BufferPool& pool) {
  note_job(Job::decoding);
  const auto shape = shape_of(message, 2);
  if (!shape) return shape.error();
  auto pixels = floats_of(message, *shape, pool);
  if (!pixels) return pixels.error();
  auto frame = std::make_shared<ThumbnailFrame>();
  frame->header = message.header.thumbnail();
  frame->rows = shape->rows;
  frame->columns = shape->columns;
  frame->pixels = *std::move(pixels);
  float low = std::numeric_limits<float>::infinity(), high = -low;
  for (const float value : std::span(frame->pixels->as<float>(), shape->count())) {
    if (!std::isfinite(value)) continue;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  frame->minimum = low <= high ? low : 0;
  frame->maximum = high > low ? high : frame->minimum + 1;
  return ThumbnailFramePtr(std::move(frame));
}

OverlayFramePtr overlay_frame(const wire::FeedMessage& message, const std::string& service) {
  note_job(Job::decoding);
  auto image = std::make_shared<OverlayImage>();
  image->header = message.header;
  image->pixels = message.pixels;
  image->arrived_ns = steady_now_ns();
  auto frame = std::make_shared<OverlayFrame>();
  frame->service = service;
  frame->slice_id = image->input().slice_id();
  if (auto checked = check_overlay(*image); !checked) {
    frame->problem = checked.error().message;
  } else if (image->header.has_labels()) {
    if (auto counts = class_counts(*image)) frame->counts = *std::move(counts);
  } else if (auto steps = in_steps(*image)) {
    frame->image = *std::move(steps);
  }
  if (!frame->image) frame->image = std::move(image);
  return frame;
}

}  // namespace slicecast::viewer
