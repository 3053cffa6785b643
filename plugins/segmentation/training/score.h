// How well the bubbles of held-out slices are found: F1 = 2 TP / (2 TP + FP + FN) over the pixels
// of all slices together, those outside the field of view apart.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/segmentation/training/labelled_slice.h"

namespace slicecast::training {

struct HeldOut {
  std::vector<LabelledSlice> random, axis_aligned;
};
struct HeldOutScans {
  // Met by no training, and by no choice among trained networks either: of seeds 900000 to 900013
  // four ways of training were compared.
  std::uint64_t first_seed = 7300000;
  int count = 20;
};
// Slices as the demo shows them, two each way of each scan.
Result<HeldOut> held_out(const HeldOutScans& scans = {});

// Which pixels of a slice are called bubble: rows x columns of 0 and 1.
using BubbleFinder = std::function<Result<std::vector<std::uint8_t>>(const LabelledSlice&)>;

Result<double> bubble_f1(std::span<const LabelledSlice> slices, const BubbleFinder& finder);

// Otsu's threshold of all that is seen; what lies below it is called bubble.
Result<std::vector<std::uint8_t>> find_by_otsu(const LabelledSlice& slice);
// The same within the gel's cylinder, which is taken from the truth.
Result<std::vector<std::uint8_t>> find_by_roi_otsu(const LabelledSlice& slice);
// Within that cylinder, what lies below half of the gel's true attenuation: the threshold that
// somebody who knows the sample would set by hand.
Result<std::vector<std::uint8_t>> find_by_fixed_threshold(const LabelledSlice& slice);

struct Scores {
  double network = 0, otsu = 0, roi_otsu = 0, fixed_threshold = 0;
};
Result<Scores> scores_of(std::span<const LabelledSlice> slices, const BubbleFinder& network);

// The scores as a table, and a text with it between its two marks.
std::string table_of(const Scores& random, const Scores& axis_aligned);
Result<std::string> with_table(std::string_view text, std::string_view table);

}  // namespace slicecast::training
