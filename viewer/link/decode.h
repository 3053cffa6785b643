// From feed messages to frames for the screen: checks the announced shape and brings 8- and 16-bit
// numbers back to float. Network threads only.
#pragma once

#include "common/base/error.h"
#include "common/wire/feed.h"
#include "viewer/link/frames.h"

namespace slicecast::viewer {

// Malformed when shape and bytes disagree, a side is larger than a texture may be, or the pose
// spans no plane; unsupported for types that are no image.
Result<SliceFramePtr> slice_frame(const wire::FeedMessage& message, BufferPool& pool);
Result<PreviewFramePtr> preview_frame(const wire::FeedMessage& message, BufferPool& pool);
Result<ThumbnailFramePtr> thumbnail_frame(const wire::FeedMessage& message, BufferPool& pool);
// Checked and counted; what cannot be drawn says so in `problem`.
OverlayFramePtr overlay_frame(const wire::FeedMessage& message, const std::string& service);

}  // namespace slicecast::viewer
