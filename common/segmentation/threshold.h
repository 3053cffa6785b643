// Grey-value thresholds of a field. Class 1 holds what is at most the first threshold, class 2 what
// lies above it, and so on. A field without a pixel that takes part has no thresholds; a constant
// one has its own value for all of them, so that it is of class 1 throughout.
#pragma once

#include <vector>

#include "common/base/error.h"
#include "common/segmentation/field.h"

namespace slicecast::segmentation {

using Thresholds = std::vector<float>;

// The threshold that divides the histogram into two classes of greatest variance between them;
// with more classes the variance of all. N. Otsu (1979), eq. 12 and 13; several classes as
// P.-S. Liao, T.-S. Chen, P.-C. Chung (2001), eq. 10, maximised exactly by dynamic programming.
// `bins` equal bins from the smallest to the largest value; a threshold is the centre of the last
// bin of its class.
struct Otsu {
  int classes = 2;  // 2 to 8
  int bins = 256;   // 2 to 4096
  Result<void> validate() const;
  Result<Thresholds> thresholds(const Field& field, Workspace& workspace) const;
};

// Minimum cross entropy: C. H. Li, P. K. S. Tam (1998), eq. 12, from the mean on, over the values
// themselves (less the smallest, since logarithms of them are taken) and no histogram.
struct CrossEntropy {
  double tolerance = 1e-6;  // of the range of values: 0 to 0.1; the iteration ends below it
  Result<void> validate() const;
  Result<Thresholds> thresholds(const Field& field, Workspace& workspace) const;
};

// Thresholds in ascending order, at most 254.
Result<void> apply(const Thresholds& thresholds, const Field& field, const Labels& labels,
                   Workspace& workspace);

}  // namespace slicecast::segmentation
