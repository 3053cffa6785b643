// The class indices of one overlay, or the steps of its values, on the graphics card. Small (one or
// two bytes per pixel), uploaded at once. UI thread, context current.
#pragma once

#include "viewer/gl/handle.h"
#include "viewer/model/overlay_match.h"

namespace slicecast::viewer::gl {

class LabelTexture {
 public:
  // Must have passed check_overlay(), values in_steps() as well. False: none; nothing changes.
  bool set(const OverlayImagePtr& overlay);
  const OverlayImagePtr& shown() const { return shown_; }
  GLuint name() const { return name_.name(); }

 private:
  Texture name_;
  OverlayImagePtr shown_;
};

}  // namespace slicecast::viewer::gl
