// Convolutions by cuDNN, transposed ones as the gradient of a convolution with respect to its
// input.
#pragma once

#include "common/nn/graph/cudnn/steps.h"

namespace slicecast::nn::cudnn {

// An activation behind other steps, in place. Null get(): none is to be done.
Result<Described> activation_form(const Library& library, const Activation& activation);
bool can_activate(const Activation& activation);

// Whether windows at `begin` pads on both sides, which is what cuDNN knows, give this many outputs.
bool has_even_pads(const Window& window, const Shape& image, const Shape& windows);

Result<std::unique_ptr<CardStep>> convolution_step(const std::shared_ptr<const Library>& library,
                                                   Handle handle, const Convolution& convolution,
                                                   const Shape& input, const Shape& output);

}  // namespace slicecast::nn::cudnn
