// The order in which the engine computes a network, chosen once per network.
//
// Layers are grouped into *sweeps*; one sweep goes down the image once, band of rows by band, and
// in each band does all its steps. A step whose sources are made in the same sweep lags behind them
// by its dilation, so that the rows it reads are there: planes are read while they are still in a
// cache, and nothing is computed twice. (Time skewing: D. Wonnacott, "Achieving scalable locality
// with time skewing", 2002.) The early edges of a dense sweep, from planes of earlier sweeps, come
// first, in blocks of a few sources for all layers of the sweep: every plane is read once per sweep
// rather than once per layer.
#pragma once

#include <vector>

#include "common/nn/msd/kernels.h"
#include "common/nn/msd/network.h"

namespace slicecast::nn::msd {

struct Step {
  enum class Kind { load, edges, outputs };
  Kind kind = Kind::edges;
  int lag = 0;      // rows behind the sweep
  int channel = 0;  // load: input channel
  int slot = 0;     // load, edges: plane slot that is complete after this
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

  int inputs = 0, outputs = 0;
  int slots = 0;  // planes that must exist at the same time
  int pad = 0;    // largest dilation
  Border border = Border::symmetric;
  Output output = Output::linear;
  std::vector<Affine> scale_in, scale_out;  // one per channel
  std::vector<Sweep> sweeps;
  // What the steps point into.
  std::vector<int> sources;
  std::vector<float> weights;
  std::vector<float> biases;
};

// Expects a valid network.
Plan make_plan(const Network& network);

}  // namespace slicecast::nn::msd
