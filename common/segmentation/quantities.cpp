#include "common/segmentation/quantities.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace slicecast::segmentation {
namespace {

using Index = std::uint32_t;

// Neighbouring pixels of one class in a row, columns first..last-1. `parent` leads to the run that
// stands for the object; there, `pixels` counts the object.
struct Run {
  int first, last;
  Index parent, pixels;
  std::uint8_t label;
};

Index root_of(std::span<Run> runs, Index index) {
  while (runs[index].parent != index) {
    runs[index].parent = runs[runs[index].parent].parent;
    index = runs[index].parent;
  }
  return index;
}

// The earlier run stands for both, so that the order of objects is that of the image.
void unite(std::span<Run> runs, Index a, Index b) {
  a = root_of(runs, a);
  b = root_of(runs, b);
  if (a == b) return;
  if (b < a) std::swap(a, b);
  runs[b].parent = a;
  runs[a].pixels += runs[b].pixels;
}

// Unites runs of row [above, here) with those of row [here, end) that they touch.
void unite_rows(std::span<Run> runs, Index above, Index here, Index end, int reach) {
  Index upper = above;
  for (Index lower = here; lower < end; ++lower) {
    while (upper < here && runs[upper].last + reach <= runs[lower].first) ++upper;
    for (Index k = upper; k < here && runs[k].first < runs[lower].last + reach; ++k)
      if (runs[k].label == runs[lower].label) unite(runs, k, lower);
  }
}

}  // namespace

Result<void> Quantify::validate() const {
  if (classes < 1 || classes > 255)
    return Error{Errc::invalid_argument,
                 "classes is " + std::to_string(classes) + "; give 1 to 255"};
  if (!(pixel_area_mm2 > 0) || !std::isfinite(pixel_area_mm2))
    return Error{Errc::invalid_argument, "the area of a pixel is " +
                                             std::to_string(pixel_area_mm2) +
                                             " mm^2; give the slice axes a length"};
  return {};
}

Result<void> Quantify::measure(ImageView<const std::uint8_t> labels,
                               std::span<ClassQuantities> quantities, Workspace& workspace) const {
  if (auto ok = validate(); !ok) return ok;
  if (labels.pixels == nullptr || labels.rows < 1 || labels.columns < 1 ||
      labels.rows > kLargestEdge || labels.columns > kLargestEdge)
    return Error{Errc::invalid_argument,
                 "labels without pixels or over 16384; give a smaller slice"};
  if (quantities.size() != static_cast<std::size_t>(classes))
    return Error{Errc::invalid_argument, "there is room for " + std::to_string(quantities.size()) +
                                             " classes; give as many as " +
                                             std::to_string(classes)};
  std::ranges::fill(quantities, ClassQuantities{});
  const Workspace::Frame frame(workspace);
  const std::size_t pixels =
      static_cast<std::size_t>(labels.rows) * static_cast<std::size_t>(labels.columns);
  const auto runs = workspace.take<Run>(pixels);
  Index above = 0, here = 0, end = 0;
  for (int r = 0; r < labels.rows; ++r) {
    const auto row = labels.row(r);
    above = here;
    here = end;
    for (int c = 0; c < labels.columns;) {
      const std::uint8_t label = row[static_cast<std::size_t>(c)];
      const int first = c;
      while (c < labels.columns && row[static_cast<std::size_t>(c)] == label) ++c;
      if (label == 0) continue;
      if (label > classes)
        return Error{Errc::invalid_argument, "label " + std::to_string(label) + " of " +
                                                 std::to_string(classes) +
                                                 " classes; raise the number of classes"};
      const Index length = static_cast<Index>(c - first);
      runs[end] = {first, c, end, length, label};
      quantities[label - 1U].pixels += length;
      ++end;
    }
    unite_rows(runs, above, here, end, diagonal ? 1 : 0);
  }
  std::uint64_t labelled = 0;
  for (const auto& of : quantities) labelled += of.pixels;
  for (Index i = 0; i < end; ++i) {
    if (runs[i].parent != i || runs[i].pixels < smallest_pixels) continue;
    auto& of = quantities[runs[i].label - 1U];
    ++of.objects;
    of.object_pixels += runs[i].pixels;
  }
  for (auto& of : quantities) {
    if (labelled != 0)
      of.area_fraction = static_cast<double>(of.pixels) / static_cast<double>(labelled);
    of.area_mm2 = static_cast<double>(of.pixels) * pixel_area_mm2;
    if (of.objects != 0)
      of.mean_object_pixels =
          static_cast<double>(of.object_pixels) / static_cast<double>(of.objects);
    of.mean_object_mm2 = of.mean_object_pixels * pixel_area_mm2;
  }
  return {};
}

}  // namespace slicecast::segmentation
