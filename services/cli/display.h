// Grey values for people.
#pragma once

#include "common/base/image_view.h"
#include "common/io/image_file.h"

namespace slicecast::cli {

// From the 0.2nd to the 99.8th percentile of the finite pixels, so that a few outliers do not take
// the contrast. Pixels of exactly 0 (outside the field of view) do not count while there are
// others.
io::DisplayRange display_range(ImageView<const float> image);

}  // namespace slicecast::cli
