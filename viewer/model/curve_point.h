// A point of a curve that panels plot.
#pragma once

namespace slicecast::viewer {

struct CurvePoint {
  float along = 0;  // 0 at the left border to 1 at the right one
  float value = 0;  // NaN leaves a gap
};

}  // namespace slicecast::viewer
