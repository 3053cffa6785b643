// The shipped network as a finder of bubbles.
#pragma once

#include "common/nn/graph/model.h"
#include "plugins/segmentation/training/score.h"

namespace slicecast::training {

// Calls bubble what `model` labels with its class of that name. Borrows the model. Refuses one
// without such a class, or for other pixels or another unit than these slices have.
Result<BubbleFinder> finder_of(const nn::Model& model);

}  // namespace slicecast::training
