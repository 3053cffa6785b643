#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <utility>

#include "common/segmentation/contour_parts.h"
#include "common/segmentation/gradient.h"
#include "common/segmentation/percentile.h"

namespace slicecast::segmentation {
namespace {

// g, NaN where no pixel takes part.
ImageView<float> edge_map(const Prepared& prepared, const GeodesicContour& contour,
                          Workspace& workspace) {
  const auto g = gaussian_gradient_magnitude(prepared, contour.sigma, workspace);
  const float alpha = static_cast<float>(contour.alpha);
  workspace.for_bands(g.rows, kBandRows, [&](int first, int last) {
    for (int r = first; r < last; ++r) {
      const auto image = prepared.image.row(r);
      std::transform(image.begin(), image.end(), g.row(r).begin(), g.row(r).begin(),
                     [alpha](float value, float slope) {
                       return value == value ? 1 / std::sqrt(1 + alpha * slope)
                                             : std::numeric_limits<float>::quiet_NaN();
                     });
    }
  });
  return g;
}

struct Slopes {
  ImageView<float> x, y;
};

// Differences of g between the neighbours of a pixel. Only signs of sums with like differences of
// the level set matter, of which those at the edges, over one step instead of two, weigh twice
// what the others do, in g as in the level set: hence the 4 (twice twice) against 1.
Slopes slopes_of(ImageView<const float> g, int words, Workspace& workspace) {
  const auto whole = in_words(g, words, workspace);
  const std::size_t size =
      static_cast<std::size_t>(whole.rows) * static_cast<std::size_t>(whole.columns);
  const Slopes slopes{{workspace.take<float>(size).data(), whole.rows, whole.columns},
                      {workspace.take<float>(size).data(), whole.rows, whole.columns}};
  const int rows = g.rows, columns = g.columns;
  workspace.for_bands(rows, kBandRows, [&](int first, int last) {
    for (int r = first; r < last; ++r) {
      const float* const here = whole.row(r).data();
      const float* const above = whole.row(std::max(r - 1, 0)).data();
      const float* const below = whole.row(std::min(r + 1, rows - 1)).data();
      float* const x = slopes.x.row(r).data();
      float* const y = slopes.y.row(r).data();
      const float down = r == 0 || r == rows - 1 ? 4.0f : 1.0f;
      for (int c = 0; c < columns; ++c) y[c] = down * (below[c] - above[c]);
      for (int c = 1; c + 1 < columns; ++c) x[c] = here[c + 1] - here[c - 1];
      x[0] = columns > 1 ? 4 * (here[1] - here[0]) : 0;
      if (columns > 1) x[columns - 1] = 4 * (here[columns - 1] - here[columns - 2]);
      std::fill(x + columns, x + whole.columns, 0.0f);
      std::fill(y + columns, y + whole.columns, 0.0f);
    }
  });
  return slopes;
}

// What takes no part has no g: no slope leads to it.
void close_holes(const LevelSet& domain, const Slopes& slopes, Workspace& workspace) {
  workspace.for_bands(domain.rows(), kBandRows, [&](int first, int last) {
    for (int r = first; r < last; ++r) {
      for (int k = 0; k < domain.words(); ++k) {
        const auto n = neighbours_of(domain, r, k);
        const Word here = domain.row(r)[k];
        const Word along = here & n.left & n.right, down = here & n.above & n.below;
        if (~(along & down) == 0) continue;
        float* const x = slopes.x.row(r).data() + kWordBits * k;
        float* const y = slopes.y.row(r).data() + kWordBits * k;
        for (int i = 0; i < kWordBits; ++i) {
          if ((along >> i & 1) == 0) x[i] = 0;
          if ((down >> i & 1) == 0) y[i] = 0;
        }
      }
    }
  });
}

LevelSet above_threshold(ImageView<const float> g, float threshold, Workspace& workspace) {
  LevelSet set(g.rows, g.columns, workspace);
  for (int r = 0; r < g.rows; ++r)
    for (int c = 0; c < g.columns; ++c)
      set.row(r)[c / kWordBits] |= static_cast<Word>(g(r, c) > threshold) << (c % kWordBits);
  return set;
}

void attract(const LevelSet& set, const LevelSet& domain, const Slopes& slopes, LevelSet& moved,
             Workspace& workspace) {
  workspace.for_bands(set.rows(), kBandRows, [&](int first, int last) {
    for (int r = first; r < last; ++r) {
      for (int k = 0; k < set.words(); ++k) {
        const Word here = set.row(r)[k];
        const auto neighbours = neighbours_of(set, r, k);
        const Word contour = contour_of(neighbours) & domain.row(r)[k];
        Word result = here;
        if (contour != 0) {
          const auto pull = kernels::edge_pull(slopes.x.row(r).data() + kWordBits * k,
                                               slopes.y.row(r).data() + kWordBits * k, neighbours);
          result = (here | (contour & pull.in)) & ~(contour & pull.out);
        }
        moved.row(r)[k] = result;
      }
    }
  });
}

// Takes `from` where `where` is set.
void replace(LevelSet& set, const LevelSet& from, const LevelSet& where) {
  for (int r = 0; r < set.rows(); ++r)
    for (int k = 0; k < set.words(); ++k)
      set.row(r)[k] ^= (set.row(r)[k] ^ from.row(r)[k]) & where.row(r)[k];
}

}  // namespace

Result<void> GeodesicContour::validate() const {
  if (auto ok = validate_evolution(iterations, smoothing); !ok) return ok;
  const auto outside = [](double value, double low, double high) {
    return !(value >= low && value <= high);
  };
  if (outside(sigma, 0.1, kLargestSigma))
    return Error{Errc::invalid_argument,
                 "sigma is " + std::to_string(sigma) + "; give 0.1 to 32 pixels"};
  if (outside(alpha, 0, 1e6))
    return Error{Errc::invalid_argument, "alpha is " + std::to_string(alpha) + "; give 0 to 1e6"};
  if (outside(balloon, -10, 10))
    return Error{Errc::invalid_argument,
                 "balloon is " + std::to_string(balloon) + "; give -10 to 10"};
  if (outside(border_percentile, 0, 100))
    return Error{Errc::invalid_argument,
                 "border_percentile is " + std::to_string(border_percentile) + "; give 0 to 100"};
  return {};
}

Result<void> GeodesicContour::segment(const Field& field, const Labels& labels,
                                      Workspace& workspace) const {
  if (auto ok = validate(); !ok) return ok;
  if (auto ok = segmentation::validate(field, labels); !ok) return ok;
  const Workspace::Frame frame(workspace);
  const Prepared prepared = prepare(field, workspace);
  const LevelSet domain = domain_of(prepared, workspace);
  LevelSet set = starting_set(start, domain, workspace);
  LevelSet scratch(set.rows(), set.columns(), workspace);
  if (prepared.count != 0) {
    const auto g = edge_map(prepared, *this, workspace);
    const Prepared map{g, prepared.count};
    std::array<float, 1> border{};
    percentiles(map, std::array{border_percentile}, border, workspace);
    const float free_above =
        balloon == 0 ? 0.0f : border[0] / static_cast<float>(std::abs(balloon));
    const LevelSet free = above_threshold(g, free_above, workspace);
    const Slopes slopes = slopes_of(g, set.words(), workspace);
    if (!prepared.complete()) close_holes(domain, slopes, workspace);
    Smoother smoother(smoothing, first_smoothing);
    for (int step = 0; step < iterations; ++step) {
      if (balloon > 0) dilate(set, domain, scratch, workspace);
      if (balloon < 0) erode(set, scratch, workspace);
      if (balloon != 0) replace(set, scratch, free);
      attract(set, domain, slopes, scratch, workspace);
      std::swap(set, scratch);
      smoother(domain, set, scratch, workspace);
    }
  }
  write_labels(set, domain, labels, workspace);
  return {};
}

}  // namespace slicecast::segmentation
