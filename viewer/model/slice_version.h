// One image as it came over a feed, kept by shared pointer in every view model. Immutable once
// made, so any thread may read it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/base/buffer.h"
#include "common/base/error.h"
#include "slicecast/v1/feed.pb.h"

namespace slicecast::viewer {

struct SessionFacts;
// What the services told of the settings that an image was made with; see FactsBook.
struct HeldFacts {
  std::shared_ptr<const SessionFacts> facts;  // null: nothing yet
};

struct SliceVersion {
  v1::SliceImage header;   // stamp, pose, unit
  v1::PixelFormat format;  // [rows, columns]; float32, or uint8/uint16 with scale and offset
  ConstBufferPtr pixels;   // may be null in tests of bookkeeping
  v1::PixelType sent_as = v1::FLOAT32;  // a thin link carries 8 or 16 bit
  std::uint64_t instance = 0;           // of the producer
  std::uint64_t version = 0;            // of the feed key, strictly rising within the instance
  std::int64_t arrived_ns = 0;          // steady clock, when it was taken from the link
  // Its own; what it points to is written and read by the UI thread alone.
  std::shared_ptr<HeldFacts> held = std::make_shared<HeldFacts>();

  int rows() const { return format.shape_size() < 2 ? 0 : static_cast<int>(format.shape(0)); }
  int columns() const { return format.shape_size() < 2 ? 0 : static_cast<int>(format.shape(1)); }
  std::size_t bytes() const { return pixels ? pixels->size() : 0; }
};
using SliceVersionPtr = std::shared_ptr<const SliceVersion>;

// Of images with values of this unit: "px" for "1/pixel", as scans without a pixel size have it,
// else "mm".
std::string length_unit_of(const std::string& value_unit);

// Same slice server run, scan, slice, pose and size: data may be newer.
bool same_subject(const v1::Stamp& a, const v1::Stamp& b);
// The very same image: same_subject and the same version.
bool same_image(const v1::Stamp& a, const v1::Stamp& b);

// Values as floats, whatever the encoding; `malformed` when the buffer is shorter than the format
// says, `unsupported` for other pixel types. Takes milliseconds: not for the UI thread.
Result<std::vector<float>> values_of(const v1::PixelFormat& format, const ConstBufferPtr& pixels);
Result<std::vector<float>> values_of(const SliceVersion& version);

}  // namespace slicecast::viewer
