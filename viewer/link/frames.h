// What arrives for the screen, decoded and complete. Immutable once made: network threads make
// them, the UI thread and others share them. Pixels are float32 in the unit of the values.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "common/base/buffer.h"
#include "slicecast/v1/feed.pb.h"
#include "viewer/model/histogram.h"
#include "viewer/model/overlay_match.h"
#include "viewer/model/slice_pixels.h"
#include "viewer/model/slice_version.h"
#include "viewer/model/volume_view.h"

namespace slicecast::viewer {

struct SliceFrame {
  SliceVersionPtr version;  // pixels as float32 [row][column], whatever was sent
  v1::PixelType sent_as{};
  std::size_t wire_bytes = 0;

  const std::string& id() const { return version->header.stamp().slice_id(); }
};
using SliceFramePtr = std::shared_ptr<const SliceFrame>;

struct PreviewFrame {
  v1::Preview header;
  std::uint64_t instance = 0, version = 0;
  int planes = 0, rows = 0, columns = 0;
  ConstBufferPtr pixels;  // [z][y][x]
  Histogram histogram;
  std::shared_ptr<HeldFacts> held = std::make_shared<HeldFacts>();  // as in SliceVersion

  VolumeView volume() const;
};
using PreviewFramePtr = std::shared_ptr<const PreviewFrame>;

struct ThumbnailFrame {
  v1::Thumbnail header;
  int rows = 0, columns = 0;
  ConstBufferPtr pixels;
  float minimum = 0, maximum = 1;
};
using ThumbnailFramePtr = std::shared_ptr<const ThumbnailFrame>;

// Labels that a plugin computed from one version of a slice, counted off the UI thread.
struct OverlayFrame {
  std::string service;  // of the plugin
  std::string slice_id;
  OverlayImagePtr image;
  std::map<std::uint32_t, std::uint64_t> counts;  // pixels per class; empty for values
  std::string problem;                            // check_overlay's words; empty: it can be drawn
};
using OverlayFramePtr = std::shared_ptr<const OverlayFrame>;

struct SliceHistogram {
  std::string id;
  SliceVersionPtr version;  // of which
  Histogram histogram;
};
using SliceHistogramPtr = std::shared_ptr<const SliceHistogram>;

// Of a version whose pixels are float32; keep it alive.
SlicePixels pixels_of(const SliceVersion& version);

}  // namespace slicecast::viewer
