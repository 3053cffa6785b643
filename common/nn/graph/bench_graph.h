// Times of networks on the executors of graphs, for `slicecast bench`.
#pragma once

#include <string>
#include <vector>

#include "common/base/error.h"

namespace slicecast::nn {

struct GraphBenchRow {
  std::string name;               // "unet"
  double milliseconds = 0;        // median of one image
  double limit_milliseconds = 0;  // its multiply-adds at the rate of a direct convolution in cache
  double gflops = 0;              // of direct convolutions, per second, that it comes up to
  std::string work;               // "512x512, 694897 parameters"
  std::string executor;           // "onednn 2.6.3"
  int threads = 1;
  bool correct = false;  // within 1e-5 of the largest value of the plain loops' answer
};

// The network of make_tomogan() at 512x512 times `scale`.
Result<std::vector<GraphBenchRow>> bench_graph(double scale, int threads, int repeats);

}  // namespace slicecast::nn
