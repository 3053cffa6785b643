#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "common/segmentation/reference/reference.h"

namespace slicecast::segmentation::reference {
namespace {

std::vector<double> values_of(const Plane& plane) {
  std::vector<double> values;
  std::ranges::copy_if(plane.values, std::back_inserter(values), [](double v) { return v == v; });
  return values;
}

struct Cutting {
  const std::vector<double>& counts;
  std::vector<int> cuts, best_cuts;
  double best = -1;

  double spread(int first, int last) const {  // of bins first..last
    double weight = 0, moment = 0;
    for (int bin = first; bin <= last; ++bin) {
      weight += counts[static_cast<std::size_t>(bin)];
      moment += bin * counts[static_cast<std::size_t>(bin)];
    }
    return weight > 0 ? moment * moment / weight : 0;
  }
  void try_all(int classes_left, int first, double sum) {
    const int bins = static_cast<int>(counts.size());
    if (classes_left == 1) {
      if (const double total = sum + spread(first, bins - 1); total > best)
        best = total, best_cuts = cuts;
      return;
    }
    for (int cut = first; cut <= bins - classes_left; ++cut) {
      cuts.push_back(cut);
      try_all(classes_left - 1, cut + 1, sum + spread(first, cut));
      cuts.pop_back();
    }
  }
};

}  // namespace

Plane plane_of(const Field& field) {
  Plane plane{field.image.rows, field.image.columns, {}};
  for (int r = 0; r < plane.rows; ++r)
    for (int c = 0; c < plane.columns; ++c)
      plane.values.push_back(takes_part(field, r, c) ? static_cast<double>(field.image(r, c))
                                                     : std::numeric_limits<double>::quiet_NaN());
  return plane;
}

std::vector<double> thresholds(const Otsu& otsu, const Plane& plane) {
  const auto values = values_of(plane);
  if (values.empty()) return {};
  const auto [low, high] = std::ranges::minmax(values);
  if (!(high > low)) return std::vector<double>(static_cast<std::size_t>(otsu.classes - 1), high);
  std::vector<double> counts(static_cast<std::size_t>(otsu.bins));
  const double width = (high - low) / otsu.bins;
  for (double value : values)
    ++counts[static_cast<std::size_t>(
        std::min(otsu.bins - 1, static_cast<int>((value - low) / width)))];
  Cutting cutting{counts, {}, {}};
  cutting.try_all(otsu.classes, 0, 0);
  std::vector<double> found;
  for (int cut : cutting.best_cuts) found.push_back(low + (cut + 0.5) * width);
  return found;
}

std::vector<double> thresholds(const CrossEntropy& entropy, const Plane& plane) {
  const auto values = values_of(plane);
  if (values.empty()) return {};
  const auto [low, high] = std::ranges::minmax(values);
  if (!(high > low)) return {high};
  double threshold = 0;
  for (double value : values) threshold += (value - low) / static_cast<double>(values.size());
  while (true) {
    double dark = 0, bright = 0;
    int darks = 0, brights = 0;
    for (double value : values)
      (value - low > threshold ? (++brights, bright) : (++darks, dark)) += value - low;
    if (dark <= 0 || brights == 0) break;
    dark /= darks, bright /= brights;
    const double next = (bright - dark) / (std::log(bright) - std::log(dark));
    const double change = std::abs(next - threshold);
    threshold = next;
    if (change <= entropy.tolerance * (high - low)) break;
  }
  return {low + threshold};
}

double percentile(const Plane& plane, double percent) {
  auto values = values_of(plane);
  std::ranges::sort(values);
  const double position = percent / 100 * static_cast<double>(values.size() - 1);
  const auto rank = static_cast<std::size_t>(std::floor(position));
  const double next = values[std::min(rank + 1, values.size() - 1)];
  return values[rank] + (position - static_cast<double>(rank)) * (next - values[rank]);
}

}  // namespace slicecast::segmentation::reference
