// Pixel types and formats between the wire's messages and the program's own.
#pragma once

#include <optional>

#include "common/base/pixel_type.h"
#include "common/ingest/frame_event.h"
#include "slicecast/v1/bulk.pb.h"

namespace slicecast::ingest {

v1::PixelType to_proto(PixelType type);
std::optional<PixelType> from_proto(v1::PixelType type);  // none: unspecified or unknown
v1::FrameKind to_proto(FrameKind kind);
std::optional<FrameKind> from_proto(v1::FrameKind kind);

// Announces a densely packed image.
v1::PixelFormat pixel_format(PixelType type, int rows, int columns);

}  // namespace slicecast::ingest
