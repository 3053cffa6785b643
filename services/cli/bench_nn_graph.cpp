// Figures of networks that come as graphs, in this process: rows "nn.unet_*".
#include <cstdio>

#include "common/nn/graph/bench_graph.h"
#include "services/cli/bench_groups.h"

namespace slicecast::cli {

Measurements bench_graph_networks(const BenchContext& context) {
  std::vector<Measurement> rows;
  for (const int threads : {1, 2}) {
    const auto measured = nn::bench_graph(context.scale, threads, 7);
    if (!measured) return measured.error();
    for (const auto& row : *measured) {
      char rate[96];
      std::snprintf(rate, sizeof(rate), "%s; median of 7; as %.0f GFLOP/s per thread",
                    row.executor.c_str(), row.gflops / row.threads);
      rows.push_back(
          {.name = "nn." + row.name + (threads == 1 ? "_one_thread" : "_two_threads"),
           .value = row.milliseconds,
           .limit = row.limit_milliseconds,
           .limit_name = "its multiply-adds at the rate of a direct convolution in cache",
           .work = row.work,
           .detail = rate,
           .threads = row.threads,
           .correct = row.correct});
    }
  }
  return rows;
}

}  // namespace slicecast::cli
