// What a segmentation reads: a float image [rows][columns] and, where given, which of its pixels
// are seen. A pixel takes part when it is finite and its mask is not 0; all others count nowhere
// and get label 0.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/base/error.h"
#include "common/base/image_view.h"
#include "common/segmentation/workspace.h"

namespace slicecast::segmentation {

using Labels = ImageView<std::uint8_t>;  // 0: not labelled; classes from 1

struct Field {
  ImageView<const float> image;
  ImageView<const std::uint8_t> mask = {};  // without pixels: all are seen
};

inline constexpr int kLargestEdge = 16384;

// Sizes from 1 to kLargestEdge, a mask and labels of the size of the image.
Result<void> validate(const Field& field);
Result<void> validate(const Field& field, const Labels& labels);

inline bool takes_part(const Field& field, int row, int column) {
  const float value = field.image(row, column);
  return value - value == 0 && (field.mask.pixels == nullptr || field.mask(row, column) != 0);
}

// The field as the fast methods read it: NaN stands for what takes no part. `image` is the
// caller's own where all pixels take part and rows follow each other, else in the workspace.
struct Prepared {
  ImageView<const float> image;
  std::size_t count = 0;  // pixels that take part
  float minimum = 0, maximum = 0;
  double sum = 0;  // of value - minimum
  bool constant() const { return !(maximum > minimum); }
  bool complete() const {
    return count == static_cast<std::size_t>(image.rows) * static_cast<std::size_t>(image.columns);
  }
};
Prepared prepare(const Field& field, Workspace& workspace);

}  // namespace slicecast::segmentation
