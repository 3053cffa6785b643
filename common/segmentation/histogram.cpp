#include "common/segmentation/histogram.h"

#include <algorithm>
#include <cstddef>

#include "common/segmentation/row_kernels.h"

namespace slicecast::segmentation {
namespace {

// Neighbouring pixels often share a bin, and an increment must wait for the one before it in the
// same place: four tables in turn.
constexpr std::size_t kTables = 4;

}  // namespace

Histogram histogram(const Prepared& prepared, int bins, Workspace& workspace) {
  const std::size_t bin_count = static_cast<std::size_t>(bins), table = bin_count + 1;
  const auto counts = workspace.take<std::uint64_t>(bin_count);
  std::fill(counts.begin(), counts.end(), 0);

  const Workspace::Frame frame(workspace);
  const double range = static_cast<double>(prepared.maximum) - prepared.minimum;
  const auto& image = prepared.image;
  const std::size_t columns = static_cast<std::size_t>(image.columns);
  // As many rows in a band as make its table cheap to add up.
  const int band_rows = std::max(kBandRows, image.rows / 4);
  const std::size_t bands = static_cast<std::size_t>(bands_of(image.rows, band_rows));
  const auto tables = workspace.take<std::uint32_t>(bands * kTables * table);
  const auto places = workspace.take<std::uint32_t>(bands * columns);
  workspace.for_bands(image.rows, band_rows, [&](int first, int last) {
    const std::size_t band = static_cast<std::size_t>(first / band_rows);
    std::uint32_t* const own = tables.data() + band * kTables * table;
    std::uint32_t* const place = places.data() + band * columns;
    std::fill(own, own + kTables * table, 0);
    for (int r = first; r < last; ++r) {
      kernels::bin_row(image.row(r), prepared.minimum * 0.5f, static_cast<float>(2 * bins / range),
                       bins, place);
      std::size_t c = 0;
      for (; c + kTables <= columns; c += kTables)
        for (std::size_t k = 0; k < kTables; ++k) ++own[k * table + place[c + k]];
      for (; c < columns; ++c) ++own[place[c]];
    }
  });
  for (std::size_t k = 0; k < bands * kTables; ++k)
    for (std::size_t bin = 0; bin < bin_count; ++bin) counts[bin] += tables[k * table + bin];
  return {counts, prepared.minimum + range / bins / 2, range / bins};
}

std::span<const int> best_cuts(const Histogram& histogram, int classes, Workspace& workspace) {
  const std::size_t bins = histogram.counts.size(),
                    cut_count = static_cast<std::size_t>(classes - 1);
  const auto cuts = workspace.take<int>(cut_count);

  const Workspace::Frame frame(workspace);
  const auto weight = workspace.take<double>(bins + 1), moment = workspace.take<double>(bins + 1);
  weight[0] = moment[0] = 0;
  for (std::size_t bin = 0; bin < bins; ++bin) {
    const double count = static_cast<double>(histogram.counts[bin]);
    weight[bin + 1] = weight[bin] + count;
    moment[bin + 1] = moment[bin] + count * static_cast<double>(bin);
  }
  // moment^2 / weight of the bins first..last-1: its sum over classes is the variance between them
  // but for what all divisions have in common.
  const auto spread = [&](std::size_t first, std::size_t last) {
    const double w = weight[last] - weight[first], m = moment[last] - moment[first];
    return w > 0 ? m * m / w : 0.0;
  };
  // best[k][end]: of the first k+1 classes over the bins 0..end-1; from[k][end]: where class k
  // begins in it.
  const auto best = workspace.take<double>((cut_count + 1) * (bins + 1));
  const auto from = workspace.take<int>((cut_count + 1) * (bins + 1));
  for (std::size_t end = 0; end <= bins; ++end) best[end] = spread(0, end);
  for (std::size_t k = 1; k <= cut_count; ++k) {
    // Each class has a bin, so that thresholds rise; of the last one only the whole is asked for.
    for (std::size_t end = k == cut_count ? bins : k + 1; end <= bins; ++end) {
      double greatest = -1;
      int begin = static_cast<int>(k);
      for (std::size_t start = k; start < end; ++start) {
        const double sum = best[(k - 1) * (bins + 1) + start] + spread(start, end);
        if (sum > greatest) greatest = sum, begin = static_cast<int>(start);
      }
      best[k * (bins + 1) + end] = greatest;
      from[k * (bins + 1) + end] = begin;
    }
  }
  std::size_t end = bins;
  for (std::size_t k = cut_count; k >= 1; --k) {
    end = static_cast<std::size_t>(from[k * (bins + 1) + end]);
    cuts[k - 1] = static_cast<int>(end) - 1;
  }
  return cuts;
}

}  // namespace slicecast::segmentation
