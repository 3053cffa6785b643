#include "common/segmentation/contour_parts.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>

namespace slicecast::segmentation {

LevelSet domain_of(const Prepared& prepared, Workspace& workspace) {
  LevelSet domain(prepared.image.rows, prepared.image.columns, workspace);
  workspace.for_bands(domain.rows(), kBandRows, [&](int first, int last) {
    for (int r = first; r < last; ++r) {
      const auto values = prepared.image.row(r);
      for (int c = 0; c < domain.columns(); ++c) {
        const float value = values[static_cast<std::size_t>(c)];
        domain.row(r)[c / kWordBits] |= static_cast<Word>(value == value) << (c % kWordBits);
      }
    }
  });
  return domain;
}

LevelSet starting_set(StartingContour start, const LevelSet& domain, Workspace& workspace) {
  const int rows = domain.rows(), columns = domain.columns();
  LevelSet set(rows, columns, workspace);
  constexpr int kSquare = 5;
  const double radius = std::min(rows, columns) * 3 / 8.0;
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < columns; ++c) {
      const bool inside = start == StartingContour::checkerboard
                              ? ((r / kSquare + c / kSquare) & 1) != 0
                              : std::hypot(r - rows / 2, c - columns / 2) < radius;
      if (inside && domain.at(r, c)) set.set(r, c);
    }
  }
  return set;
}

ImageView<float> in_words(ImageView<const float> image, int words, Workspace& workspace) {
  const int stride = words * kWordBits;
  const std::size_t size = static_cast<std::size_t>(image.rows) * static_cast<std::size_t>(stride);
  const ImageView<float> copy(workspace.take<float>(size).data(), image.rows, stride);
  workspace.for_bands(image.rows, kBandRows, [&](int first, int last) {
    for (int r = first; r < last; ++r) {
      const auto to = copy.row(r);
      const auto end = std::transform(image.row(r).begin(), image.row(r).end(), to.begin(),
                                      [](float v) { return v == v ? v : 0.0f; });
      std::fill(end, to.end(), 0.0f);
    }
  });
  return copy;
}

kernels::Neighbours neighbours_of(const LevelSet& set, int r, int k) {
  const Word* const row = set.row(r);
  kernels::Neighbours n{left_of(row, k), right_of(row, k), row[k], row[k]};
  if (k == 0) n.left |= row[0] & 1;
  const int last = set.columns() - 1;
  if (k == last / kWordBits) n.right |= row[k] & Word{1} << (last % kWordBits);
  if (r > 0) n.above = set.row(r - 1)[k];
  if (r + 1 < set.rows()) n.below = set.row(r + 1)[k];
  return n;
}

void Smoother::operator()(const LevelSet& domain, LevelSet& set, LevelSet& scratch,
                          Workspace& workspace) {
  for (int step = 0; step < steps_; ++step) {
    smooth(next_, domain, set, scratch, workspace);
    next_ = next_ == Curvature::dilate_first ? Curvature::erode_first : Curvature::dilate_first;
  }
}

Result<void> validate_evolution(int iterations, int smoothing) {
  if (iterations < 0 || iterations > 10000)
    return Error{Errc::invalid_argument,
                 "iterations is " + std::to_string(iterations) + "; give 0 to 10000"};
  if (smoothing < 0 || smoothing > 10)
    return Error{Errc::invalid_argument,
                 "smoothing is " + std::to_string(smoothing) + "; give 0 to 10 steps"};
  return {};
}

void write_labels(const LevelSet& set, const LevelSet& domain, const Labels& labels,
                  Workspace& workspace) {
  workspace.for_bands(set.rows(), kBandRows, [&](int first, int last) {
    for (int r = first; r < last; ++r) {
      const auto row = labels.row(r);
      for (int c = 0; c < set.columns(); ++c)
        row[static_cast<std::size_t>(c)] =
            static_cast<std::uint8_t>(domain.at(r, c) ? 1 + set.at(r, c) : 0);
    }
  });
}

}  // namespace slicecast::segmentation
