// Trained networks with an input and the output that another implementation computed from it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/nn/msd/network.h"

namespace slicecast::nn::msd {

struct CheckVector {
  Network network;
  int rows = 0, columns = 0;
  std::vector<float> input;   // [rows][columns]
  std::vector<float> output;  // [outputs][rows][columns]
};

// `file` below the folder of test data; the format is described there. Warns and returns nothing
// where the file is missing. A regression network has scale and shift behind it too, and linear
// output; the others have log-softmax.
std::optional<CheckVector> read_check_vector(const std::string& file, bool regression);

}  // namespace slicecast::nn::msd
