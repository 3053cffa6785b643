// Measuring in one slice: values along a line, distances, angles. Pixel coordinates have centres at
// integers; lengths in mm. Pure functions, any thread.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "viewer/model/slice_pixels.h"

namespace slicecast::viewer {

struct ProfileSample {
  double distance_mm = 0;  // from the first end
  PixelPoint pixel;
  Vec3 point;
  double value = 0;  // bilinear; NaN outside of the slice or its field of view
};

// Evenly spaced from end to end, about one sample per pixel, both ends included; at least 2, at
// most 65536 samples. Refused: no image, ends that are not finite or coincide.
Result<std::vector<ProfileSample>> line_profile(const SlicePixels& slice, PixelPoint from,
                                                PixelPoint to);

double distance_mm(const Pose& pose, int rows, int columns, PixelPoint a, PixelPoint b);

// The angle at `vertex`, 0 to pi. Refused when an arm has no length.
Result<double> angle_rad(const Pose& pose, int rows, int columns, PixelPoint a, PixelPoint vertex,
                         PixelPoint b);

// CSV with a header line that names units, after "# " + provenance (its line breaks become
// blanks). Numbers with the digits that give them back, '.' for decimals, "nan" for no value.
// `length_unit`: "mm", or "px" for scans without a pixel size.
std::string profile_csv(std::span<const ProfileSample> samples, const std::string& unit,
                        const std::string& length_unit, const std::string& provenance);
// "NAME (UNIT),VALUE" as one header and one value line, for distances, angles and the like.
struct NamedNumber {
  std::string name, unit;
  double value = 0;
};
std::string numbers_csv(std::span<const NamedNumber> numbers, const std::string& provenance);

}  // namespace slicecast::viewer
