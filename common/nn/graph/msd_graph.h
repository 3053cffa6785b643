// A mixed-scale dense network as a graph of plain operators, as exporters would write it.
#pragma once

#include "common/nn/graph/graph.h"
#include "common/nn/msd/network.h"

namespace slicecast::nn {

// One Concat of the planes that a layer reads, one dilated Conv padded by zeros and one Relu per
// layer; then a Concat, a 1x1 Conv and what `output` asks for. A border other than zeros is named
// in the metadata, which only find_msd() follows. Layers without an edge are left out: give a
// network that msd::simplify() has been at. `network` has passed msd::validate().
Graph msd_graph(const msd::Network& network);

}  // namespace slicecast::nn
