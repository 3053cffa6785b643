// Times of networks on the executors of graphs, for `slicecast bench`.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/nn/graph/graph.h"

namespace slicecast::nn {

// What is measured, for others to run the same: the network before its passes, and one image of
// edge x edge pixels.
Graph graph_bench_network();
int graph_bench_edge(double scale);
std::vector<float> graph_bench_image(std::size_t pixels);

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
