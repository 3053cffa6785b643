// Makes images smaller for thin links: float32 images of two or three sides, and labels.
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
//
// Labels (uint8 or uint16, two sides) are halved until they fit: a pixel that is left has the class
// of the one at its centre; they are never quantised. A last row or column that stands for less
// than the others stays, so that the plane is covered; the class numbers and all else in the header
// hold.
EncodedImage encode_image(v1::FeedHeader header, ConstBufferPtr pixels, v1::Encoding encoding,
                          std::uint32_t max_side, BufferPool& pool);

}  // namespace slicecast::wire
