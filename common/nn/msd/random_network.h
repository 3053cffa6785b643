// Networks of random weights for tests and measurements: the time an engine takes depends on the
// shape of a network, not on what it has learnt.
#pragma once

#include <cstdint>

#include "common/nn/msd/network.h"

namespace slicecast::nn::msd {

struct RandomShape {
  int inputs = 1;
  int layers = 100;
  int outputs = 5;
  int dilations = 10;  // layer i has dilation 1 + i mod this
  // Share of the edges of the dense network. Below 1 they form whole chains from an input to a
  // plane of the last layer, as pruning by longest chains leaves them (R. Schoonhoven, A. A.
  // Hendriksen, D. M. Pelt and K. J. Batenburg, "LEAN: graph-based pruning for convolutional
  // neural networks by extracting longest chains", 2020): from an input, each next layer is drawn
  // evenly from those that follow and the end. Planes outside the chains do not reach the output.
  double edges = 1;
  std::uint32_t seed = 1;
};

// Weights are scaled so that values neither vanish nor overflow with depth. Equal shapes give
// equal networks on every platform. Border symmetric, output linear.
Network random_network(const RandomShape& shape);

}  // namespace slicecast::nn::msd
