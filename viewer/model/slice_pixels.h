// The image of one slice with what is needed to measure in it. Does not own the pixels: keep the
// message they came in alive. Any thread.
#pragma once

#include <optional>
#include <string>

#include "common/base/image_view.h"
#include "viewer/model/space.h"

namespace slicecast::viewer {

// Pixel coordinates of a slice, centres at integers: the slice covers columns -0.5 to W - 0.5 and
// rows -0.5 to H - 0.5. Row 0 lies at `base`, at the bottom of the screen.
struct PixelPoint {
  double column = 0, row = 0;
};

struct SlicePixels {
  ImageView<const float> image;                // [row][column]
  Pose pose;                                   // of this very image
  std::optional<geometry::FieldOfView> field;  // outside of it values mean nothing;
                                               // no radius: no limit
  std::string unit = "1/mm";                   // of the values
};

Vec3 point_of(const Pose& pose, int rows, int columns, PixelPoint pixel);  // mm
// The nearest point of the slice's plane, in its pixels.
PixelPoint pixel_of(const Pose& pose, int rows, int columns, Vec3 point);

// Bilinear; beyond the outermost centres the edge pixel counts. NaN outside of the slice's
// rectangle and wherever a NaN pixel takes part.
double value_at(const ImageView<const float>& image, PixelPoint pixel);

// Columns [first, end) of a row whose centres lie in the field of view; first == end: none.
struct ColumnRange {
  int first = 0, end = 0;
};
ColumnRange columns_in_field(const SlicePixels& slice, int row);
bool in_field(const std::optional<geometry::FieldOfView>& field, Vec3 point);

}  // namespace slicecast::viewer
