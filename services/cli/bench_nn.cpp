// Figures of the networks, in this process: rows "nn.*".
#include <cstdio>
#include <span>
#include <string>

#include "common/nn/graph/model.h"
#include "common/nn/graph/msd_graph.h"
#include "common/nn/msd/bench_msd.h"
#include "common/nn/msd/simplify.h"
#include "common/recon/cpu/targets.h"
#include "services/cli/bench_groups.h"
#include "services/cli/bench_peers.h"

namespace slicecast::cli {
namespace {

// Only the named instruction set, for as long as this lives.
class OnlyTarget {
 public:
  explicit OnlyTarget(const std::string& name) : available_(recon::force_simd_target(name)) {}
  ~OnlyTarget() { recon::force_simd_target(""); }
  OnlyTarget(const OnlyTarget&) = delete;
  OnlyTarget& operator=(const OnlyTarget&) = delete;
  bool available() const { return available_; }

 private:
  bool available_;
};

std::string rate_text(const nn::msd::MsdBenchRow& row) {
  char text[96];
  std::snprintf(text, sizeof(text), "%s; median; %.0f of %.0f GFLOP/s per thread",
                recon::active_simd_target(), row.gflops / row.threads, row.rate_gflops);
  return text;
}

Measurement msd_measurement(const nn::msd::MsdBenchRow& row) {
  return {.name = "nn." + row.name + (row.threads == 1 ? "_one_thread" : "_two_threads"),
          .value = row.milliseconds,
          .limit = row.limit_milliseconds,
          .limit_name = "its multiply-adds at the rate of the first cache",
          .work = row.work,
          .detail = rate_text(row),
          .threads = row.threads,
          .correct = row.correct};
}

// Peers get the networks with borders of zeros, which cost them nothing: the operators that mirror
// are slow everywhere else.
Result<void> add_msd_peers(const BenchContext& context, std::span<Measurement> rows) {
  auto peers = BenchPeers::start(context);
  if (!peers) return peers.error();
  const auto image = nn::msd::msd_bench_image(context.scale);
  const auto image_file = peers->image("image", image.view());
  if (!image_file) return image_file.error();
  for (const auto& of : nn::msd::kMsdBenchNetworks) {
    auto network = nn::msd::simplify(of.network());
    network.border = nn::msd::Border::zeros;
    auto model = nn::Model::from_graph(nn::msd_graph(network));
    if (!model) return model.error();
    const auto pixels = std::span(image.pixels);
    const auto answer = model->run(pixels, image.edge, image.edge, context.threads);
    if (!answer) return answer.error();
    const auto expected = peers->values(std::string(of.name) + "_answer", answer->values);
    if (!expected) return expected.error();
    const auto file = peers->model(of.name, nn::msd_graph(network));
    if (!file) return file.error();
    for (const int threads : {1, 2})
      peers->add(
          {.row = std::string("nn.") + of.name + (threads == 1 ? "_one_thread" : "_two_threads"),
           .kind = "network",
           .threads = threads,
           .image = *image_file,
           .model = *file,
           .expected = *expected,
           .note = "zeros at the borders"});
  }
  peers->add_to(rows);
  return {};
}

}  // namespace

Measurements bench_msd_networks(const BenchContext& context) {
  constexpr int kRepeats = 7;
  std::vector<Measurement> rows;
  std::vector<nn::msd::MsdBenchRow> best;
  for (const int threads : {1, 2}) {
    const auto measured = nn::msd::bench_msd(context.scale, threads, kRepeats);
    if (!measured) return measured.error();
    for (const auto& row : *measured) rows.push_back(msd_measurement(row));
    if (threads == 1) best = *measured;
  }
  if (auto ok = add_msd_peers(context, rows); !ok) return ok.error();
  // What a processor without AVX-512 would need: the slowest of the networks beside this one.
  const OnlyTarget avx2("AVX2");
  Measurement worst{.name = "nn.msd_avx2_over_avx512", .value = 0};
  if (!avx2.available() || recon::available_simd_targets().front() == "AVX2") {
    worst.value = 1;
    worst.detail = "this processor has no AVX-512: nothing was compared";
    rows.push_back(worst);
    return rows;
  }
  const auto measured = nn::msd::bench_msd(context.scale, 1, kRepeats);
  if (!measured) return measured.error();
  for (std::size_t i = 0; i < measured->size(); ++i) {
    const auto& row = (*measured)[i];
    worst.correct = worst.correct && row.correct;
    const double ratio = row.milliseconds / best[i].milliseconds;
    if (ratio <= worst.value) continue;
    worst.value = ratio;
    worst.work = row.name + ", " + row.work;
    worst.detail = rate_text(row);
  }
  rows.push_back(worst);
  return rows;
}

}  // namespace slicecast::cli
