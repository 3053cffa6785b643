// What both contour evolutions share. Internal to the library.
#pragma once

#include <span>

#include "common/segmentation/contour.h"
#include "common/segmentation/contour_kernels.h"

namespace slicecast::segmentation {

// The pixels that take part.
LevelSet domain_of(const Prepared& prepared, Workspace& workspace);

LevelSet starting_set(StartingContour start, const LevelSet& domain, Workspace& workspace);

// Rows of floats readable for whole words: a copy with rows of words() * 64 values, 0 where the
// image is NaN and beyond its columns.
ImageView<float> in_words(ImageView<const float> image, int words, Workspace& workspace);

// The neighbours of a word's pixels; at the edges of the image a pixel is its own neighbour, so
// that a difference across is one-sided there.
kernels::Neighbours neighbours_of(const LevelSet& set, int r, int k);

// Pixels at which the level set has a gradient.
inline Word contour_of(const kernels::Neighbours& n) {
  return (n.left ^ n.right) | (n.above ^ n.below);
}

// Applies curvature flow as often as asked, alternating the order from step to step.
class Smoother {
 public:
  Smoother(int steps, Curvature first) : steps_(steps), next_(first) {}
  void operator()(const LevelSet& domain, LevelSet& set, LevelSet& scratch, Workspace& workspace);

 private:
  int steps_;
  Curvature next_;
};

Result<void> validate_evolution(int iterations, int smoothing);

// 2 inside, 1 outside, 0 beyond the domain.
void write_labels(const LevelSet& set, const LevelSet& domain, const Labels& labels,
                  Workspace& workspace);

}  // namespace slicecast::segmentation
