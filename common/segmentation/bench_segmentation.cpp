#include "common/segmentation/bench_segmentation.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <functional>
#include <utility>

#include "common/segmentation/contour.h"
#include "common/segmentation/quantities.h"
#include "common/segmentation/random_walker.h"
#include "common/segmentation/reference/reference.h"
#include "common/segmentation/threshold.h"
#include "common/segmentation/watershed.h"

namespace slicecast::segmentation {
namespace {

using LabelPlane = reference::LabelPlane;

class Bench {
 public:
  Bench(ImageView<const float> image, int threads, int repeats)
      : field_{image},
        workspace_(threads),
        repeats_(repeats),
        labels_(static_cast<std::size_t>(image.rows) * static_cast<std::size_t>(image.columns)) {}

  const Field& field() const { return field_; }
  Workspace& workspace() { return workspace_; }
  Labels labels() { return {labels_.data(), field_.image.rows, field_.image.columns}; }
  const LabelPlane& found() const { return labels_; }
  SegmentBenchRow& last() { return rows_.back(); }
  std::vector<SegmentBenchRow> take_rows() { return std::move(rows_); }

  // `run` is timed; `agreement` looks at what it left, against what is needed.
  void add(const std::string& name, const std::function<bool()>& run,
           const std::function<double()>& agreement, double needed) {
    SegmentBenchRow row{name, workspace_.threads()};
    bool good = run();  // also warms up
    std::vector<double> times;
    for (int k = 0; k < repeats_; ++k) {
      const auto start = std::chrono::steady_clock::now();
      good = run() && good;
      const std::chrono::duration<double, std::milli> taken =
          std::chrono::steady_clock::now() - start;
      times.push_back(taken.count());
    }
    std::ranges::nth_element(times, times.begin() + repeats_ / 2);
    row.milliseconds = times[static_cast<std::size_t>(repeats_ / 2)];
    row.agreement = agreement();
    row.correct = good && row.agreement >= needed;
    rows_.push_back(row);
  }

  double same(const LabelPlane& expected) const {
    std::size_t equal = 0;
    for (std::size_t i = 0; i < labels_.size(); ++i) equal += labels_[i] == expected[i] ? 1 : 0;
    return static_cast<double>(equal) / static_cast<double>(labels_.size());
  }

 private:
  Field field_;
  Workspace workspace_;
  int repeats_;
  LabelPlane labels_;
  std::vector<SegmentBenchRow> rows_;
};

// 1 at one bin of 256 or less apart, 0 far apart.
double threshold_agreement(double found, double expected, double bin) {
  return std::min(1.0, bin / std::max(std::abs(found - expected), 1e-30));
}

template <class Descriptor>
void add_threshold(Bench& bench, const std::string& name, const Descriptor& descriptor,
                   const reference::Plane& plane) {
  Thresholds found;
  const auto [low, high] = std::ranges::minmax(plane.values);
  bench.add(
      name,
      [&] {
        auto thresholds = descriptor.thresholds(bench.field(), bench.workspace());
        if (thresholds) found = *thresholds;
        return static_cast<bool>(thresholds);
      },
      [&] {
        const auto expected = reference::thresholds(descriptor, plane);
        double least = 1;
        for (std::size_t k = 0; k < expected.size(); ++k)
          least = std::min(least, threshold_agreement(static_cast<double>(found.at(k)), expected[k],
                                                      1.01 * (high - low) / 256));
        return least;
      },
      1);
  bench.last().thresholds.assign(found.begin(), found.end());
}

template <class Descriptor>
void add_labels(Bench& bench, const std::string& name, const Descriptor& descriptor,
                const std::function<LabelPlane()>& expected) {
  bench.add(
      name,
      [&] {
        return static_cast<bool>(
            descriptor.segment(bench.field(), bench.labels(), bench.workspace()));
      },
      [&] { return bench.same(expected()); }, 0.99);
  bench.last().labels = bench.found();
}

LabelPlane flooded(const reference::Plane& plane) {
  const Watershed watershed;
  const double low = reference::percentile(plane, watershed.markers.low_percentile);
  const double high = reference::percentile(plane, watershed.markers.high_percentile);
  LabelPlane seeds;
  for (double value : plane.values)
    seeds.push_back(static_cast<std::uint8_t>(value <= low ? 1 : value >= high ? 2 : 0));
  return reference::flood(reference::sobel_magnitude(plane, watershed.sigma), seeds);
}

LabelPlane walked(Bench& bench) {
  LabelPlane exact(bench.found().size());
  RandomWalker walker;
  walker.tolerance = 1e-6;
  const Labels labels(exact.data(), bench.field().image.rows, bench.field().image.columns);
  if (!walker.segment(bench.field(), labels, bench.workspace())) exact.clear();
  return exact;
}

void add_quantities(Bench& bench) {
  std::vector<ClassQuantities> found(2);
  const Quantify quantify;
  bench.add(
      "quantities",
      [&] { return static_cast<bool>(quantify.measure(bench.labels(), found, bench.workspace())); },
      [&] {
        const auto& image = bench.field().image;
        const auto expected =
            reference::measure(quantify, image.rows, image.columns, bench.found());
        return found[0].objects == expected[0].objects && found[1].objects == expected[1].objects
                   ? 1.0
                   : 0.0;
      },
      1);
  bench.last().labels = bench.found();
}

}  // namespace

std::vector<float> bench_image(int rows, int columns) {
  std::vector<float> image;
  std::uint32_t state = 12345;
  const auto uniform = [&state] {  // D. H. Lehmer (1951) with the constants of G. Marsaglia (2003)
    state = state * 69069U + 1U;
    return static_cast<float>(state >> 8) / 16777216.0f;
  };
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < columns; ++c) {
      const int dr = r % 48 - 24, dc = (c + 17 * (r / 48)) % 48 - 24;
      const int radius = 8 + (r / 48 * 7 + c / 48 * 5) % 12;
      const float body = dr * dr + dc * dc < radius * radius ? 1.0f : 0.0f;
      const float noise = uniform() + uniform() + uniform() + uniform() - 2;  // about normal
      image.push_back(body + 0.4f * noise);
    }
  }
  return image;
}

std::vector<SegmentBenchRow> bench_segmentation(ImageView<const float> image, int threads,
                                                int repeats) {
  Bench bench(image, threads, repeats);
  const auto plane = reference::plane_of(bench.field());
  add_threshold(bench, "otsu", Otsu{}, plane);
  add_threshold(bench, "cross_entropy", CrossEntropy{}, plane);
  const Otsu three{3};
  add_threshold(bench, "multi_otsu", three, plane);
  add_labels(bench, "geodesic_contour", GeodesicContour{},
             [&] { return reference::segment(GeodesicContour{}, plane); });
  add_labels(bench, "chan_vese", ChanVese{}, [&] { return reference::segment(ChanVese{}, plane); });
  add_labels(bench, "random_walker", RandomWalker{}, [&] { return walked(bench); });
  add_labels(bench, "watershed", Watershed{}, [&] { return flooded(plane); });
  add_quantities(bench);
  return bench.take_rows();
}

}  // namespace slicecast::segmentation
