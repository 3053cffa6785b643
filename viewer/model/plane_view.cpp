#include "viewer/model/plane_view.h"

#include <algorithm>
#include <cmath>

namespace slicecast::viewer {
namespace {

constexpr double kZoomPerStep = 0.85;
constexpr double kMostSteps = 200;       // at once; far beyond the limits, short of overflow
constexpr double kMargin = 0.95;         // share of the panel that a fitted slice takes
constexpr double kSmallestShare = 0.01;  // of the panel, zoomed out
constexpr double kLargestPixel = 64;     // screen pixels per slice pixel, zoomed in

}  // namespace

PicturePair picture_pair(int panel_width_px, int panel_height_px) {
  if (panel_height_px > panel_width_px)
    return {panel_width_px, panel_height_px / 2, 0, panel_height_px / 2};
  return {panel_width_px / 2, panel_height_px, panel_width_px / 2, 0};
}

Cursor in_first(Cursor cursor, const PicturePair& pair) {
  if (pair.right > 0 && cursor.x >= pair.right) cursor.x -= pair.right;
  if (pair.down > 0 && cursor.y >= pair.down) cursor.y -= pair.down;
  return cursor;
}

void PlaneView::resize(int width_px, int height_px) {
  width_ = std::max(1, width_px);
  height_ = std::max(1, height_px);
  if (fitted_)
    fit();
  else
    limit();
}

void PlaneView::set_slice(const Pose& pose, int rows, int columns) {
  const double extent1 = geometry::norm(pose.axis1), extent2 = geometry::norm(pose.axis2);
  if (!(extent1 > 0) || !(extent2 > 0) || rows < 1 || columns < 1) return;
  rows_ = rows;
  columns_ = columns;
  const bool same_extents = std::abs(extent1 - extent1_) <= 1e-9 * extent1 &&
                            std::abs(extent2 - extent2_) <= 1e-9 * extent2;
  extent1_ = extent1;
  extent2_ = extent2;
  if (same_extents)
    limit();
  else
    fit();
}

void PlaneView::fit() {
  fitted_ = true;
  centre1_ = extent1_ / 2;
  centre2_ = extent2_ / 2;
  scale_ = kMargin * std::min(width_ / extent1_, height_ / extent2_);
}

void PlaneView::pan(double dx_px, double dy_px) {
  fitted_ = false;
  centre1_ -= dx_px / scale_;
  centre2_ += dy_px / scale_;
  limit();
}

void PlaneView::zoom_at(Cursor cursor, double steps) {
  const double x = cursor.x - width_ / 2.0, y = height_ / 2.0 - cursor.y;
  const double held1 = centre1_ + x / scale_, held2 = centre2_ + y / scale_;
  if (std::isnan(steps)) return;
  fitted_ = false;
  scale_ *= std::pow(kZoomPerStep, -std::clamp(steps, -kMostSteps, kMostSteps));
  limit();
  centre1_ = held1 - x / scale_;
  centre2_ = held2 - y / scale_;
  limit();
}

// Keeps the zoom within reason and the centre of the panel on the slice, so that it cannot be lost.
void PlaneView::limit() {
  const double smallest = kSmallestShare * std::min(width_ / extent1_, height_ / extent2_);
  const double largest = kLargestPixel * std::max(columns_ / extent1_, rows_ / extent2_);
  scale_ = std::clamp(scale_, smallest, std::max(smallest, largest));
  centre1_ = std::clamp(centre1_, 0.0, extent1_);
  centre2_ = std::clamp(centre2_, 0.0, extent2_);
}

PixelPoint PlaneView::pixel_at(Cursor cursor) const {
  const double along1 = centre1_ + (cursor.x - width_ / 2.0) / scale_;
  const double along2 = centre2_ + (height_ / 2.0 - cursor.y) / scale_;
  return {along1 / extent1_ * columns_ - 0.5, along2 / extent2_ * rows_ - 0.5};
}

Cursor PlaneView::cursor_at(PixelPoint pixel) const {
  const double along1 = (pixel.column + 0.5) / columns_ * extent1_;
  const double along2 = (pixel.row + 0.5) / rows_ * extent2_;
  return {width_ / 2.0 + (along1 - centre1_) * scale_,
          height_ / 2.0 - (along2 - centre2_) * scale_};
}

ScaleBar scale_bar(double px_per_mm, double max_px) {
  if (!(px_per_mm > 0) || !(max_px > 0) || !std::isfinite(max_px / px_per_mm)) return {};
  const double longest = max_px / px_per_mm;
  const double decade = std::pow(10.0, std::floor(std::log10(longest)));
  // The logarithm may round up at exact powers of ten; 0.5 catches that.
  for (double digit : {5.0, 2.0, 1.0})
    if (digit * decade <= longest * (1 + 1e-12))
      return {digit * decade, digit * decade * px_per_mm};
  return {0.5 * decade, 0.5 * decade * px_per_mm};
}

}  // namespace slicecast::viewer
