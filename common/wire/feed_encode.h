// Makes images smaller for thin links. Only float32 images of two or three sides are touched.
#pragma once

#include <cstdint>

#include "common/base/buffer.h"
#include "slicecast/v1/feed.pb.h"

namespace slicecast::wire {

struct EncodedImage {
  v1::FeedHeader header;
  ConstBufferPtr pixels;
};

// Averages 2x2 pixels (2x2x2 voxels of a preview) until no side is over `max_side` (0: never), then
// quantises. An odd last row or column is averaged over what it has; the header's axes, voxel size
// and centre follow. Quantised values span the image's own minimum and maximum; not-a-number
// becomes the minimum.
EncodedImage encode_image(v1::FeedHeader header, ConstBufferPtr pixels, v1::Encoding encoding,
                          std::uint32_t max_side, BufferPool& pool);

}  // namespace slicecast::wire
