// How the 2D view lays a slice into its panel: zoom and shift of square pixels of length, column to
// the right, row 0 at the *bottom* (axis2 upward). Cursor in framebuffer pixels from the panel's
// top left corner. UI thread.
#pragma once

#include "viewer/model/camera.h"
#include "viewer/model/slice_pixels.h"

namespace slicecast::viewer {

// Two pictures of one size in a panel: beside each other, or one below the other in a panel that is
// higher than wide. The second lies `right` and `down` of the first; framebuffer pixels.
struct PicturePair {
  int width = 1, height = 1;
  int right = 0, down = 0;
};
PicturePair picture_pair(int panel_width_px, int panel_height_px);
// The place in the first picture that a cursor over either of them means.
Cursor in_first(Cursor cursor, const PicturePair& pair);

class PlaneView {
 public:
  // All of the slice stays in sight until somebody pans or zooms.
  void resize(int width_px, int height_px);
  // The extents of the slice shown, mm, and its size. The view stays on the same place of the slice
  // when only the number of pixels changes.
  void set_slice(const Pose& pose, int rows, int columns);
  // All of the slice, centred, with a small margin.
  void fit();
  void pan(double dx_px, double dy_px);
  // steps > 0 zooms in by 15 % each; what is under the cursor stays under it. Between a hundredth
  // of the panel and 64 screen pixels per slice pixel.
  void zoom_at(Cursor cursor, double steps);

  // Slice pixel under the cursor (centres at integers, may lie outside of the slice) and back.
  PixelPoint pixel_at(Cursor cursor) const;
  Cursor cursor_at(PixelPoint pixel) const;
  double screen_px_per_mm() const { return scale_; }
  int width_px() const { return width_; }
  int height_px() const { return height_; }

 private:
  void limit();

  bool fitted_ = false;
  int width_ = 1, height_ = 1;
  int rows_ = 1, columns_ = 1;
  double extent1_ = 1, extent2_ = 1;      // mm
  double scale_ = 1;                      // framebuffer pixels per mm
  double centre1_ = 0.5, centre2_ = 0.5;  // mm along the axes, at the centre of the panel
};

// A round length (1, 2 or 5 times a power of ten) whose bar is at most `max_px` long.
struct ScaleBar {
  double length_mm = 0;
  double length_px = 0;
};
ScaleBar scale_bar(double px_per_mm, double max_px);

}  // namespace slicecast::viewer
