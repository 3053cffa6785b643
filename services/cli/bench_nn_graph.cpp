// Figures of networks that come as graphs, in this process: rows "nn.unet_*".
#include <cstdio>
#include <span>
#include <string>
#include <vector>

#include "common/nn/graph/bench_graph.h"
#include "common/nn/graph/model.h"
#include "services/cli/bench_groups.h"
#include "services/cli/bench_peers.h"

namespace slicecast::cli {
namespace {

Result<void> add_graph_peers(const BenchContext& context, std::span<Measurement> rows) {
  auto peers = BenchPeers::start(context);
  if (!peers) return peers.error();
  const int edge = nn::graph_bench_edge(context.scale);
  const auto pixels =
      nn::graph_bench_image(static_cast<std::size_t>(edge) * static_cast<std::size_t>(edge));
  const auto image = peers->image("image", {pixels.data(), edge, edge});
  if (!image) return image.error();
  const auto model = peers->model("unet", nn::graph_bench_network());
  if (!model) return model.error();
  auto own = nn::Model::from_graph(nn::graph_bench_network(), {"onednn"});
  if (!own) return own.error();
  const auto answer = own->run(pixels, edge, edge, context.threads);
  if (!answer) return answer.error();
  const auto expected = peers->values("unet_answer", answer->values);
  if (!expected) return expected.error();
  for (const int threads : {1, 2})
    peers->add({.row = std::string("nn.unet") + (threads == 1 ? "_one_thread" : "_two_threads"),
                .kind = "network",
                .threads = threads,
                .image = *image,
                .model = *model,
                .expected = *expected});
  peers->add_to(rows);
  return {};
}

}  // namespace

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
  if (auto ok = add_graph_peers(context, rows); !ok) return ok.error();
  return rows;
}

}  // namespace slicecast::cli
