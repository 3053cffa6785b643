// Speed of the MS-D engine on random networks, for `slicecast bench nn`.
#pragma once

#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/base/image_view.h"
#include "common/nn/msd/network.h"

namespace slicecast::nn::msd {

// What is measured, for others to run the same: the networks, and rows x columns of one image.
struct MsdBenchNetwork {
  const char* name;  // as in the rows
  double edges;      // share of those of the dense one
  Network network() const;
};
inline constexpr MsdBenchNetwork kMsdBenchNetworks[] = {
    {"msd_dense", 1}, {"msd_5_percent", 0.05}, {"msd_2_5_percent", 0.025}};

struct MsdBenchImage {
  explicit MsdBenchImage(int size);
  ImageView<const float> view() const { return {pixels.data(), edge, edge}; }
  int edge;
  std::vector<float> pixels;
};
MsdBenchImage msd_bench_image(double scale);

struct MsdBenchRow {
  std::string name;  // stable: "msd_dense", "msd_5_percent", "msd_2_5_percent"
  std::string work;  // what was computed, in words
  int threads = 1;
  double milliseconds = 0;        // median
  double limit_milliseconds = 0;  // multiply-adds alone at the rate below, on as many threads
  double gflops = 0;              // of the multiply-adds of 3x3 kernels and the last layer
  double rate_gflops = 0;         // of one thread from the first cache, measured in the same run
  bool correct = false;           // agrees with the reference on a part of the image
};

// Networks of 100 layers of width one with dilations 1 to 10, five classes, log-softmax, symmetric
// borders, on 512x512 pixels; `scale` shrinks the edge. Uses the instruction set that is active.
// Dense runs are repeated `repeats` times, the others four times as often. With several threads
// also "msd_5_percent_in_batch": time per slice of batches of as many slices.
Result<std::vector<MsdBenchRow>> bench_msd(double scale, int threads, int repeats);

}  // namespace slicecast::nn::msd
