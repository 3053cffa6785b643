// The distribution of a slice's values within its field of view. Pure functions without shared
// state, meant to run off the UI thread (2048 x 2048 takes tens of ms).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "viewer/model/slice_pixels.h"

namespace slicecast::viewer {

// Bins cover [low, high], which leaves out far outliers so that a few hot pixels do not crowd all
// others into one bin; those are counted in `below` and `above`.
struct Histogram {
  double low = 0, high = 1;           // edges of the first and last bin, in the unit of the values
  std::vector<std::uint64_t> counts;  // empty: no finite value
  std::uint64_t below = 0, above = 0;
  std::uint64_t finite = 0;      // sum of counts, below and above
  std::uint64_t not_finite = 0;  // NaN and infinities within the field of view
  double minimum = 0, maximum = 0;
  double mean = 0, deviation = 0;  // standard deviation, of all finite values
};

inline constexpr int kDefaultBins = 256;

// `bins` is held to 2 .. 4096.
Histogram histogram_of(const SlicePixels& slice, int bins = kDefaultBins);
// All values count, e.g. a preview volume.
Histogram histogram_of(std::span<const float> values, int bins = kDefaultBins);

// The value below which a share (0 to 1) of the finite values lies, linear within a bin. NaN
// without values.
double percentile(const Histogram& histogram, double share);

// Of the union of the values, rebinned to the outermost edges; counts are kept exactly in sum.
Histogram merged(std::span<const Histogram> histograms, int bins = kDefaultBins);

}  // namespace slicecast::viewer
