// The colour and opacity curve of the ray-marched preview volume, edited by control points.
// Position is the share of the intensity limits, 0 to 1; colours sRGB 0 to 1; opacity 0 to 1 per
// mean free voxel length. UI thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"
#include "viewer/model/colour_map.h"

namespace slicecast::viewer {

struct TransferPoint {
  double position = 0;
  double red = 1, green = 1, blue = 1;
  double opacity = 0;
  friend bool operator==(const TransferPoint&, const TransferPoint&) = default;
};

// 2 to 32 points in order of position, the first at 0 and the last at 1.
class TransferCurve {
 public:
  TransferCurve();  // gray, opacity rising from nothing
  // Colours of a map at nine points, opacity a ramp that begins at `threshold` (0 to 1).
  static TransferCurve from_map(ColourChoice choice, double threshold);

  const std::vector<TransferPoint>& points() const { return points_; }

  // A point on the curve as it is, between the ends. Its index; refused when the curve is full or
  // the position is not strictly between 0 and 1.
  Result<std::size_t> insert(double position);
  // Ends stay at 0 and 1, others between their neighbours: a dragged point stops there. Values are
  // held to 0 .. 1.
  Result<void> move(std::size_t index, double position, double opacity);
  Result<void> recolour(std::size_t index, double red, double green, double blue);
  Result<void> remove(std::size_t index);  // refused for the two ends

  TransferPoint at(double position) const;  // linear between points
  ColourTable table() const;                // 256 entries, colour not premultiplied by opacity

  // "p,r,g,b,o;..." for saved layouts, and back; anything out of order or range is refused.
  std::string text() const;
  static Result<TransferCurve> parse(std::string_view text);

 private:
  std::vector<TransferPoint> points_;
};

}  // namespace slicecast::viewer
