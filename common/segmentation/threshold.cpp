#include "common/segmentation/threshold.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "common/segmentation/histogram.h"
#include "common/segmentation/row_kernels.h"

namespace slicecast::segmentation {
namespace {

constexpr double kLargestRange = 1e30;  // sums of a row of such values are still finite

kernels::Above sum_above(const Prepared& prepared, float threshold, Workspace& workspace) {
  const Workspace::Frame frame(workspace);
  const auto bands =
      workspace.take<kernels::Above>(static_cast<std::size_t>(bands_of(prepared.image.rows)));
  workspace.for_bands(prepared.image.rows, kBandRows, [&](int first, int last) {
    kernels::Above band;
    for (int r = first; r < last; ++r) {
      const auto row = kernels::sum_above(prepared.image.row(r), threshold, prepared.minimum);
      band.sum += row.sum;
      band.count += row.count;
    }
    bands[static_cast<std::size_t>(first / kBandRows)] = band;
  });
  kernels::Above all;
  for (const auto& band : bands) all.sum += band.sum, all.count += band.count;
  return all;
}

}  // namespace

Result<void> Otsu::validate() const {
  if (classes < 2 || classes > 8)
    return Error{Errc::invalid_argument, "classes is " + std::to_string(classes) + "; give 2 to 8"};
  if (bins < 2 || bins > 4096 || bins < classes)
    return Error{Errc::invalid_argument,
                 "bins is " + std::to_string(bins) + "; give as many as classes, and 2 to 4096"};
  return {};
}

Result<Thresholds> Otsu::thresholds(const Field& field, Workspace& workspace) const {
  if (auto ok = validate(); !ok) return ok.error();
  if (auto ok = segmentation::validate(field); !ok) return ok.error();
  const Workspace::Frame frame(workspace);
  const Prepared prepared = prepare(field, workspace);
  if (prepared.count == 0) return Thresholds{};
  // Bins narrower than the smallest normal number cannot be told apart.
  const double bin_width = (static_cast<double>(prepared.maximum) - prepared.minimum) / bins;
  if (bin_width < std::numeric_limits<float>::min())
    return Thresholds(static_cast<std::size_t>(classes - 1), prepared.maximum);
  const Histogram counted = histogram(prepared, bins, workspace);
  Thresholds found;
  for (int cut : best_cuts(counted, classes, workspace))
    found.push_back(static_cast<float>(counted.centre(cut)));
  return found;
}

Result<void> CrossEntropy::validate() const {
  if (!(tolerance >= 0 && tolerance <= 0.1))
    return Error{Errc::invalid_argument,
                 "tolerance is " + std::to_string(tolerance) + "; give 0 to 0.1 of the range"};
  return {};
}

Result<Thresholds> CrossEntropy::thresholds(const Field& field, Workspace& workspace) const {
  if (auto ok = validate(); !ok) return ok.error();
  if (auto ok = segmentation::validate(field); !ok) return ok.error();
  const Workspace::Frame frame(workspace);
  const Prepared prepared = prepare(field, workspace);
  if (prepared.count == 0) return Thresholds{};
  if (prepared.constant()) return Thresholds{prepared.maximum};
  const double range = static_cast<double>(prepared.maximum) - prepared.minimum;
  if (range > kLargestRange)
    return Error{Errc::invalid_argument,
                 "values spread over more than 1e30; scale the image or mask what is no value"};
  const double count = static_cast<double>(prepared.count);
  double above_minimum = prepared.sum / count;  // the threshold, less the smallest value
  // Every step lowers the cross entropy, so the iteration ends by itself; the bound is for values
  // that rounding keeps apart.
  for (int step = 0; step < 1000; ++step) {
    const auto above =
        sum_above(prepared, static_cast<float>(prepared.minimum + above_minimum), workspace);
    if (above.count == 0 || above.count == prepared.count) break;
    const double high = above.sum / static_cast<double>(above.count);
    const double low = (prepared.sum - above.sum) / (count - static_cast<double>(above.count));
    if (!(low > 0) || !(high > low)) break;  // the lower class is the smallest value alone
    const double next = (high - low) / std::log(high / low);
    const double change = std::abs(next - above_minimum);
    above_minimum = next;
    if (change <= tolerance * range) break;
  }
  return Thresholds{static_cast<float>(prepared.minimum + above_minimum)};
}

Result<void> apply(const Thresholds& thresholds, const Field& field, const Labels& labels,
                   Workspace& workspace) {
  if (auto ok = validate(field, labels); !ok) return ok;
  if (thresholds.size() > 254 || !std::is_sorted(thresholds.begin(), thresholds.end()))
    return Error{Errc::invalid_argument,
                 "thresholds are not in ascending order or over 254; sort and shorten them"};
  const Workspace::Frame frame(workspace);
  const Prepared prepared = prepare(field, workspace);
  workspace.for_bands(prepared.image.rows, kBandRows, [&](int first, int last) {
    for (int r = first; r < last; ++r)
      kernels::label_row(prepared.image.row(r), thresholds, labels.row(r).data());
  });
  return {};
}

}  // namespace slicecast::segmentation
