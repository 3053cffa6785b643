#include "plugins/segmentation/training/score.h"

#include <cstdio>

#include "common/segmentation/threshold.h"

namespace slicecast::training {
namespace {

constexpr std::uint32_t kSlicesOfAScan = 2;
constexpr float kHalfOfGel = 0.5F * 2.5F / (2 * 0.8F * 79.75F);  // of the demo's gel, 1/mm
constexpr std::string_view kTableBegins = "<!-- scores -->\n",
                           kTableEnds = "<!-- end of scores -->";

bool in_gel_cylinder(Label label) {
  return label == Label::gel || label == Label::bubble;
}

std::vector<std::uint8_t> mask_of(const LabelledSlice& slice, bool (*kept)(Label)) {
  std::vector<std::uint8_t> mask;
  mask.reserve(slice.labels.size());
  for (const Label label : slice.labels) mask.push_back(kept(label) ? 1 : 0);
  return mask;
}

std::vector<std::uint8_t> at_most(const LabelledSlice& slice, float threshold,
                                  std::vector<std::uint8_t> mask) {
  for (std::size_t i = 0; i < mask.size(); ++i)
    if (slice.values[i] > threshold) mask[i] = 0;
  return mask;
}

Result<std::vector<std::uint8_t>> below_otsu(const LabelledSlice& slice,
                                             std::vector<std::uint8_t> mask) {
  const segmentation::Field field{
      ImageView<const float>(slice.values.data(), slice.rows, slice.columns),
      ImageView<const std::uint8_t>(mask.data(), slice.rows, slice.columns)};
  segmentation::Workspace workspace;
  const auto thresholds = segmentation::Otsu().thresholds(field, workspace);
  if (!thresholds) return thresholds.error();
  if (thresholds->empty()) return mask;  // nothing is seen
  return at_most(slice, thresholds->front(), std::move(mask));
}

}  // namespace

Result<HeldOut> held_out(const HeldOutScans& scans) {
  HeldOut slices;
  for (int i = 0; i < scans.count; ++i) {
    const std::uint64_t seed = scans.first_seed + static_cast<std::uint64_t>(i);
    const auto scan = simulate(usual(seed));
    if (!scan) return scan.error();
    const auto slice = [&](Orientation orientation, std::uint32_t n) {
      const auto pose =
          random_pose(scan->filtered.field, orientation, kSlicePixels, kSlicePixelMm, seed, n);
      return labelled_slice(*scan, pose, kSlicePixels, kSlicePixels);
    };
    for (std::uint32_t n = 0; n < kSlicesOfAScan; ++n) {
      slices.random.push_back(slice(Orientation::random, n));
      slices.axis_aligned.push_back(slice(Orientation::axis_aligned, n));
    }
  }
  return slices;
}

Result<double> bubble_f1(std::span<const LabelledSlice> slices, const BubbleFinder& finder) {
  std::uint64_t both = 0, found = 0, bubble = 0;
  for (const auto& slice : slices) {
    const auto called = finder(slice);
    if (!called) return called.error();
    for (std::size_t i = 0; i < slice.labels.size(); ++i) {
      if (slice.labels[i] == Label::unseen) continue;
      const bool is = slice.labels[i] == Label::bubble, said = (*called)[i] != 0;
      both += is && said ? 1 : 0;
      found += said ? 1 : 0;
      bubble += is ? 1 : 0;
    }
  }
  if (found + bubble == 0)
    return Error{Errc::invalid_argument,
                 "there is no bubble in these slices; score slices that have some"};
  return 2 * static_cast<double>(both) / static_cast<double>(found + bubble);
}

Result<std::vector<std::uint8_t>> find_by_otsu(const LabelledSlice& slice) {
  return below_otsu(slice, mask_of(slice, [](Label label) { return label != Label::unseen; }));
}

Result<std::vector<std::uint8_t>> find_by_roi_otsu(const LabelledSlice& slice) {
  return below_otsu(slice, mask_of(slice, in_gel_cylinder));
}

Result<std::vector<std::uint8_t>> find_by_fixed_threshold(const LabelledSlice& slice) {
  return at_most(slice, kHalfOfGel, mask_of(slice, in_gel_cylinder));
}

Result<Scores> scores_of(std::span<const LabelledSlice> slices, const BubbleFinder& network) {
  const auto by_network = bubble_f1(slices, network);
  if (!by_network) return by_network.error();
  const auto otsu = bubble_f1(slices, find_by_otsu);
  if (!otsu) return otsu.error();
  const auto roi_otsu = bubble_f1(slices, find_by_roi_otsu);
  if (!roi_otsu) return roi_otsu.error();
  const auto fixed = bubble_f1(slices, find_by_fixed_threshold);
  if (!fixed) return fixed.error();
  return Scores{*by_network, *otsu, *roi_otsu, *fixed};
}

std::string table_of(const Scores& random, const Scores& axis_aligned) {
  const auto line = [](const char* method, double a, double b) {
    char text[160];
    std::snprintf(text, sizeof text, "| %s | %.3f | %.3f |\n", method, a, b);
    return std::string(text);
  };
  return "| F1 of bubbles | randomly oriented slices | axis-aligned slices |\n|---|---|---|\n" +
         line("this network", random.network, axis_aligned.network) +
         line("Otsu", random.otsu, axis_aligned.otsu) +
         line("Otsu within the gel's cylinder", random.roi_otsu, axis_aligned.roi_otsu) +
         line("half of the gel's attenuation within that cylinder", random.fixed_threshold,
              axis_aligned.fixed_threshold);
}

Result<std::string> with_table(std::string_view text, std::string_view table) {
  const auto begin = text.find(kTableBegins), end = text.find(kTableEnds);
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin)
    return Error{Errc::malformed,
                 "the text has no place for its scores; put the lines "
                 "'<!-- scores -->' and '<!-- end of scores -->' where they go"};
  std::string renewed(text.substr(0, begin + kTableBegins.size()));
  renewed.append(table).append(text.substr(end));
  return renewed;
}

}  // namespace slicecast::training
