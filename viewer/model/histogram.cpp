#include "viewer/model/histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace slicecast::viewer {
namespace {

// The edges are judged from this many values; their order statistics are good to a few per mille.
constexpr std::size_t kSampled = 65536;
// Of the sampled values this share at either end may be an outlier.
constexpr double kOutliers = 5e-4;
// What is called an outlier lies further out than this many times the span of the others.
constexpr double kReach = 0.5;

struct Moments {
  std::uint64_t finite = 0, not_finite = 0;
  double minimum = std::numeric_limits<double>::infinity();
  double maximum = -std::numeric_limits<double>::infinity();
  double mean = 0, squares = 0;  // sum of squared deviations
};

// A row at a time, joined after Chan, Golub & LeVeque 1983, so that a small spread about a large
// mean keeps its digits.
void add_row(std::span<const float> row, Moments& all) {
  Moments part;
  double sum = 0;
  float low = std::numeric_limits<float>::infinity(), high = -low;
  for (float value : row) {
    if (!std::isfinite(value)) continue;
    ++part.finite;
    sum += value;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  all.not_finite += row.size() - part.finite;
  if (part.finite == 0) return;
  const auto n = static_cast<double>(part.finite);
  part.mean = sum / n;
  for (float value : row)
    if (std::isfinite(value)) part.squares += (value - part.mean) * (value - part.mean);
  const double before = static_cast<double>(all.finite), total = before + n;
  const double apart = part.mean - all.mean;
  all.squares += part.squares + apart * apart * before * n / total;
  all.mean += apart * n / total;
  all.finite += part.finite;
  all.minimum = std::min(all.minimum, static_cast<double>(low));
  all.maximum = std::max(all.maximum, static_cast<double>(high));
}

struct Edges {
  double low, high;
};

// A single value has no width of its own; give it a little, as much as floats can tell apart.
Edges widened(Edges edges) {
  if (edges.high > edges.low) return edges;
  const double half = std::max(std::abs(edges.low) * 1e-3, 1e-12);
  return {edges.low - half, edges.high + half};
}

Edges robust_edges(std::vector<float>& sample, double minimum, double maximum) {
  const auto cut = static_cast<std::size_t>(kOutliers * static_cast<double>(sample.size()));
  const auto low = sample.begin() + static_cast<std::ptrdiff_t>(cut);
  std::nth_element(sample.begin(), low, sample.end());
  const double lower = *low;
  const auto high = sample.end() - 1 - static_cast<std::ptrdiff_t>(cut);
  std::nth_element(sample.begin(), high, sample.end());
  const double upper = *high, reach = kReach * (upper - lower);
  return widened({std::max(minimum, lower - reach), std::min(maximum, upper + reach)});
}

void count(std::span<const float> row, Histogram& histogram) {
  const double per_value =
      static_cast<double>(histogram.counts.size()) / (histogram.high - histogram.low);
  const auto last = histogram.counts.size() - 1;
  for (float value : row) {
    if (!std::isfinite(value)) continue;
    if (value < histogram.low)
      ++histogram.below;
    else if (value > histogram.high)
      ++histogram.above;
    else
      ++histogram
            .counts[std::min(last, static_cast<std::size_t>((value - histogram.low) * per_value))];
  }
}

// `row_of(r)` gives the values of a row that count.
template <class RowOf>
Histogram counted(int rows, std::size_t pixels, int bins, const RowOf& row_of) {
  Moments moments;
  std::vector<float> sample;
  const std::size_t stride = pixels / kSampled + 1;
  std::size_t until_next = 0;
  for (int r = 0; r < rows; ++r) {
    const std::span<const float> row = row_of(r);
    add_row(row, moments);
    std::size_t c = until_next;
    for (; c < row.size(); c += stride)
      if (std::isfinite(row[c])) sample.push_back(row[c]);
    until_next = c - row.size();
  }
  Histogram histogram;
  histogram.not_finite = moments.not_finite;
  if (moments.finite == 0) return histogram;
  histogram.finite = moments.finite;
  histogram.minimum = moments.minimum;
  histogram.maximum = moments.maximum;
  histogram.mean = moments.mean;
  histogram.deviation = std::sqrt(moments.squares / static_cast<double>(moments.finite));
  const Edges edges = sample.empty() ? widened({moments.minimum, moments.maximum})
                                     : robust_edges(sample, moments.minimum, moments.maximum);
  histogram.low = edges.low;
  histogram.high = edges.high;
  histogram.counts.assign(static_cast<std::size_t>(std::clamp(bins, 2, 4096)), 0);
  for (int r = 0; r < rows; ++r) count(row_of(r), histogram);
  return histogram;
}

// Values up to `value`, linear within a bin and beyond the bins up to the extremes.
double cumulated(const Histogram& h, double value) {
  if (value < h.low) {
    if (value <= h.minimum) return 0;
    return static_cast<double>(h.below) * (value - h.minimum) / (h.low - h.minimum);
  }
  auto sum = static_cast<double>(h.below);
  const double width = (h.high - h.low) / static_cast<double>(h.counts.size());
  for (std::size_t i = 0; i < h.counts.size(); ++i) {
    const double left = h.low + width * static_cast<double>(i);
    if (value < left + width)
      return sum + static_cast<double>(h.counts[i]) * std::max(0.0, (value - left) / width);
    sum += static_cast<double>(h.counts[i]);
  }
  if (h.above == 0 || value >= h.maximum) return static_cast<double>(h.finite);
  return sum + static_cast<double>(h.above) * (value - h.high) / (h.maximum - h.high);
}

}  // namespace

Histogram histogram_of(const SlicePixels& slice, int bins) {
  const auto& image = slice.image;
  if (image.pixels == nullptr || image.rows < 1 || image.columns < 1) return {};
  const std::size_t pixels =
      static_cast<std::size_t>(image.rows) * static_cast<std::size_t>(image.columns);
  return counted(image.rows, pixels, bins, [&](int r) {
    const auto range = columns_in_field(slice, r);
    return image.row(r).subspan(static_cast<std::size_t>(range.first),
                                static_cast<std::size_t>(range.end - range.first));
  });
}

Histogram histogram_of(std::span<const float> values, int bins) {
  return counted(1, values.size(), bins, [&](int) { return values; });
}

double percentile(const Histogram& histogram, double share) {
  if (histogram.finite == 0 || std::isnan(share)) return std::numeric_limits<double>::quiet_NaN();
  double left = std::clamp(share, 0.0, 1.0) * static_cast<double>(histogram.finite);
  const auto within = [&](double low, double high, std::uint64_t inside) {
    return low + (high - low) * left / static_cast<double>(inside);
  };
  if (histogram.below > 0 && left <= static_cast<double>(histogram.below))
    return within(histogram.minimum, histogram.low, histogram.below);
  left -= static_cast<double>(histogram.below);
  const double width =
      (histogram.high - histogram.low) / static_cast<double>(histogram.counts.size());
  for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
    const auto inside = histogram.counts[i];
    if (inside > 0 && left <= static_cast<double>(inside)) {
      const double low = histogram.low + width * static_cast<double>(i);
      return std::clamp(within(low, low + width, inside), histogram.minimum, histogram.maximum);
    }
    left -= static_cast<double>(inside);
  }
  if (histogram.above == 0) return histogram.maximum;
  return std::min(within(histogram.high, histogram.maximum, histogram.above), histogram.maximum);
}

Histogram merged(std::span<const Histogram> histograms, int bins) {
  Histogram all;
  double squares = 0;
  for (const Histogram& part : histograms) {
    all.not_finite += part.not_finite;
    if (part.finite == 0) continue;
    const bool first = all.finite == 0;
    all.low = first ? part.low : std::min(all.low, part.low);
    all.high = first ? part.high : std::max(all.high, part.high);
    all.minimum = first ? part.minimum : std::min(all.minimum, part.minimum);
    all.maximum = first ? part.maximum : std::max(all.maximum, part.maximum);
    const auto before = static_cast<double>(all.finite), n = static_cast<double>(part.finite);
    const double apart = part.mean - all.mean;
    squares += n * part.deviation * part.deviation + apart * apart * before * n / (before + n);
    all.mean += apart * n / (before + n);
    all.finite += part.finite;
  }
  if (all.finite == 0) return all;
  all.deviation = std::sqrt(squares / static_cast<double>(all.finite));
  all.counts.assign(static_cast<std::size_t>(std::clamp(bins, 2, 4096)), 0);
  const double width = (all.high - all.low) / static_cast<double>(all.counts.size());
  // Differences of rounded sums: whatever the edges, no value is lost or counted twice.
  for (const Histogram& part : histograms) {
    if (part.finite == 0) continue;
    const auto up_to = [&](double value) {
      return static_cast<std::uint64_t>(std::llround(cumulated(part, value)));
    };
    std::uint64_t before = up_to(all.low);
    all.below += before;
    for (std::size_t i = 0; i < all.counts.size(); ++i) {
      const bool last = i + 1 == all.counts.size();
      const std::uint64_t now =
          up_to(last ? all.high : all.low + width * static_cast<double>(i + 1));
      all.counts[i] += now - before;
      before = now;
    }
    all.above += part.finite - before;
  }
  return all;
}

}  // namespace slicecast::viewer
