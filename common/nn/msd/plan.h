// The order in which the engine computes a network, chosen once per network.
//
// Layers are grouped into *sweeps*; one sweep goes down the image once, band of rows by band, and
// in each band does all its steps. A step whose sources are made in the same sweep lags behind them
// by its dilation, so that the rows it reads are there: planes are read while they are still in a
// cache, and nothing is computed twice. (Time skewing: D. Wonnacott, "Achieving scalable locality
// with time skewing", 2002.)
//
// Swept plans are for networks of many edges: about ten layers per sweep. The early edges of a
// sweep, from planes of earlier sweeps, come first, in blocks of a few sources for all layers of
// the sweep: every plane is read once per sweep rather than once per layer. Streamed plans are for
// pruned networks: a single sweep. No plane is ever there as a whole; a ring of rows holds what is
// still to be read, and the rings of all planes together stay in a cache.
#pragma once

#include <vector>

#include "common/nn/msd/kernels.h"
#include "common/nn/msd/network.h"
#include "common/nn/msd/padded_planes.h"

namespace slicecast::nn::msd {

struct Step {
  enum class Kind { load, edges, outputs };
  Kind kind = Kind::edges;
  int lag = 0;              // rows behind the sweep
  int reach = 0;            // rows beyond those of the output, on either side, that must be there
  int channel = 0;          // load: input channel
  kernels::PlaneRef plane;  // load, edges: complete after this
  // Their pointers lead into the plan.
  kernels::EdgeSum edges;
  kernels::FinalSum outputs;
  bool concludes = false;  // outputs: the last ones; results can be handed out
};

struct Sweep {
  std::vector<Step> early;  // of Kind::edges, never complete; any order of tiles
  std::vector<Step> steps;
  int most_lag = 0;
};

struct Plan {
  Plan() = default;
  Plan(Plan&&) = default;  // steps point into what is moved along
  Plan& operator=(Plan&&) = default;

  bool streamed = false;
  int inputs = 0, outputs = 0;
  int pad = 0;  // largest dilation
  Border border = Border::symmetric;
  Output output = Output::linear;
  std::vector<Affine> scale_in, scale_out;  // one per channel
  std::vector<PlaneGroup> planes;           // what must exist at the same time
  std::vector<Sweep> sweeps;                // streamed: one
  // What the steps point into.
  std::vector<kernels::PlaneRef> sources;
  std::vector<float> weights;
  std::vector<float> biases;
};

// Rows that a streamed sweep goes down at a time: low bands leave more of them in the cache, but
// register tiles want a few rows of every remainder modulo the dilation.
constexpr int kStreamBand = 32;

// Expects a valid network.
Plan make_plan(const Network& network);

}  // namespace slicecast::nn::msd
