// How long the methods take, for `slicecast bench segment`.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "common/base/image_view.h"

namespace slicecast::segmentation {

struct SegmentBenchRow {
  std::string name;  // "otsu", "watershed", ...
  int threads = 1;
  double milliseconds = 0;  // median
  double agreement = 0;     // of labels (thresholds: in bins) with the plain definition
  bool correct = false;
  // What was found: thresholds, or labels; of "quantities" the labels that were counted.
  std::vector<float> thresholds;
  std::vector<std::uint8_t> labels;
};

// Bright disks on a dark ground with noise, the same on every machine.
std::vector<float> bench_image(int rows, int columns);

// Every method with its default parameters and the quantities of its labels. Thresholds, contours
// and flooding are compared with the reference, the random walk with itself at 1e-6.
std::vector<SegmentBenchRow> bench_segmentation(ImageView<const float> image, int threads,
                                                int repeats);

}  // namespace slicecast::segmentation
