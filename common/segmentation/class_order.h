// Which of two classes is the bright one.
#pragma once

#include "common/segmentation/field.h"

namespace slicecast::segmentation {

// Swaps labels 1 and 2 when class 1 has the greater mean value; where one class is all there is,
// labels stay as they are.
void order_two_classes(const Field& field, const Labels& labels);

}  // namespace slicecast::segmentation
