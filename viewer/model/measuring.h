// What people measure in the 2D view: which tool, which points, and the figures they give. The
// points are pixels of one slice and stay there while its data are renewed. Measuring: UI thread.
// measured(): pure; not for the UI thread, a large region takes milliseconds.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "viewer/model/measure.h"
#include "viewer/model/roi.h"

namespace slicecast::viewer {

enum class MeasureTool : std::uint8_t { none, profile, distance, angle, rectangle, ellipse };
inline constexpr MeasureTool kMeasureTools[] = {MeasureTool::profile, MeasureTool::distance,
                                                MeasureTool::angle, MeasureTool::rectangle,
                                                MeasureTool::ellipse};
const char* to_string(MeasureTool tool);
const char* hint_of(MeasureTool tool);  // what to do with the mouse
std::size_t points_of(MeasureTool tool);

class Measuring {
 public:
  // The same tool again puts it away. What was measured goes.
  void choose(MeasureTool tool);
  void clear();  // points only
  MeasureTool tool() const { return tool_; }

  // A click sets the next point of `slice`; after the last one it starts anew.
  void press(const std::string& slice, PixelPoint at);
  // The point that is not set yet follows the mouse.
  void hover(PixelPoint at);

  const std::string& slice() const { return slice_; }
  bool complete() const { return points_.size() == points_of(tool_) && tool_ != MeasureTool::none; }
  // Set ones, and while it is not complete the one under the mouse.
  std::vector<PixelPoint> points() const;
  const std::vector<PixelPoint>& set_points() const { return points_; }
  std::uint64_t revision() const { return revision_; }  // rises with every change of points

 private:
  MeasureTool tool_ = MeasureTool::none;
  std::string slice_;
  std::vector<PixelPoint> points_;
  std::optional<PixelPoint> following_;
  std::uint64_t revision_ = 0;
};

struct Measured {
  std::vector<std::string> lines;       // for people
  std::vector<ProfileSample> profile;   // of the tool `profile`
  std::vector<ProfileSample> compared;  // the same of B, while A and B are
  std::string csv;
};

// Refused: fewer points than the tool takes, no image, a region without values.
Result<Measured> measured(MeasureTool tool, const std::vector<PixelPoint>& points,
                          const SlicePixels& slice, const std::string& length_unit,
                          const std::string& provenance);
// Of A and B at the same points: each line says whose it is, but what both share stands once; in
// the CSV B follows A.
Measured of_both(Measured a, const Measured& b);

}  // namespace slicecast::viewer
