// What is done to a graph once, before it meets an input. Each pass leaves the network's answer as
// it was, up to rounding.
#pragma once

#include "common/base/error.h"
#include "common/nn/graph/graph.h"

namespace slicecast::nn {

// All of them, in the order in which they help each other.
Result<void> simplify(Graph& graph);

// Readers of an Identity or Dropout read what it read.
void remove_identities(Graph& graph);

// BatchNormalization behind a Conv or ConvTranspose that nobody else reads becomes part of its
// weights and bias (B. Jacob et al., CVPR 2018, section 3.2).
void fold_normalizations(Graph& graph);

// Relu, LeakyRelu, Sigmoid, Tanh and Clip behind such a convolution become part of it.
void fuse_activations(Graph& graph);

// Nodes and constants from which the output does not follow go.
void remove_dead_nodes(Graph& graph);

}  // namespace slicecast::nn
