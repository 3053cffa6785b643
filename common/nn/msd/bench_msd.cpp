#include "common/nn/msd/bench_msd.h"

#include <tbb/task_arena.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "common/base/clock.h"
#include "common/nn/msd/engine.h"
#include "common/nn/msd/kernels.h"
#include "common/nn/msd/random_network.h"
#include "common/nn/msd/reference.h"

namespace slicecast::nn::msd {
namespace {

constexpr int kBenchOutputs = 5;

struct BenchOutput {
  explicit BenchOutput(int edge, int slices = 1) {
    const auto plane = static_cast<std::size_t>(edge) * static_cast<std::size_t>(edge);
    const auto channels = static_cast<std::size_t>(slices * kBenchOutputs);
    pixels.resize(plane * channels);
    for (std::size_t c = 0; c < channels; ++c)
      views.emplace_back(pixels.data() + c * plane, edge, edge);
  }
  std::vector<float> pixels;
  std::vector<ImageView<float>> views;
};

bool agrees_with_reference(const Network& network, const Engine& engine) {
  const MsdBenchImage image(37);
  BenchOutput output(image.edge);
  Workspace workspace;
  const auto view = image.view();
  if (!engine.run({&view, 1}, workspace, output.views)) return false;
  const auto expected = run_reference(network, {&view, 1});
  for (std::size_t i = 0; i < expected.size(); ++i)
    if (!(std::abs(static_cast<double>(output.pixels[i]) - expected[i]) < 5e-5)) return false;
  return true;
}

double multiply_adds(const Network& network) {
  const auto used = [](float weight) { return weight != 0; };
  return static_cast<double>(network.edge_count()) * 9 +
         static_cast<double>(std::ranges::count_if(network.final_weights, used));
}

double median(std::vector<double>& runs) {
  const auto middle = runs.begin() + static_cast<std::ptrdiff_t>(runs.size() / 2);
  std::ranges::nth_element(runs, middle);
  return *middle;
}

// Per slice of batches with one slice for each thread; `alone` is what one slice came to.
Result<MsdBenchRow> bench_batch(const Engine& engine, MsdBenchRow row, const MsdBenchImage& image,
                                const BenchOutput& alone, int repeats) {
  const std::vector<ImageView<const float>> channels(static_cast<std::size_t>(row.threads),
                                                     image.view());
  BenchOutput output(image.edge, row.threads);
  Workspace workspace;
  tbb::task_arena arena(row.threads);
  std::vector<double> runs;
  for (int k = 0; k <= repeats; ++k) {
    const auto start = steady_now_ns();
    const auto done = arena.execute([&] { return engine.run(channels, workspace, output.views); });
    if (!done) return done.error();
    if (k > 0) runs.push_back(static_cast<double>(steady_now_ns() - start) * 1e-6);
  }
  row.gflops *= row.milliseconds;
  row.milliseconds = std::max(1e-6, median(runs) / row.threads);
  row.gflops /= row.milliseconds;
  row.name += "_in_batch";
  row.work += ", each of " + std::to_string(row.threads) + " slices at once";
  for (std::size_t i = 0; i < output.pixels.size(); ++i)
    row.correct = row.correct && output.pixels[i] == alone.pixels[i % alone.pixels.size()];
  return row;
}

}  // namespace

Network MsdBenchNetwork::network() const {
  Network made = random_network({.outputs = kBenchOutputs, .edges = edges});
  made.output = Output::log_softmax;
  return made;
}

MsdBenchImage::MsdBenchImage(int size)
    : edge(size), pixels(static_cast<std::size_t>(size) * static_cast<std::size_t>(size)) {
  std::minstd_rand random(1);
  for (float& value : pixels) value = static_cast<float>(random()) * 0x1p-30f - 1.0f;
}

MsdBenchImage msd_bench_image(double scale) {
  return MsdBenchImage(std::max(48, static_cast<int>(512 * scale)));
}

Result<std::vector<MsdBenchRow>> bench_msd(double scale, int threads, int repeats) {
  std::vector<MsdBenchRow> rows;
  const MsdBenchImage image = msd_bench_image(scale);
  BenchOutput output(image.edge);
  const auto view = image.view();
  tbb::task_arena arena(threads);
  for (const auto& kind : kMsdBenchNetworks) {
    const Network network = kind.network();
    const auto engine = Engine::create(network);
    if (!engine) return engine.error();
    Workspace workspace;
    std::vector<double> runs;
    double rate = 0;
    for (int k = 0; k <= repeats * (kind.edges < 1 ? 4 : 1); ++k) {
      rate = std::max(rate, kernels::multiply_add_rate());
      const auto start = steady_now_ns();
      const auto done = arena.execute([&] {
        return engine->run({&view, 1}, workspace, output.views);
      });
      if (!done) return done.error();
      // The first run has the memory mapped.
      if (k > 0) runs.push_back(static_cast<double>(steady_now_ns() - start) * 1e-6);
    }
    const double operations = 2 * multiply_adds(network) * image.edge * image.edge;
    MsdBenchRow row;
    row.name = kind.name;
    row.work = std::to_string(image.edge) + "x" + std::to_string(image.edge) + ", 100 layers, " +
               std::to_string(network.edge_count()) + " edges, 5 classes";
    row.threads = threads;
    row.milliseconds = std::max(1e-6, median(runs));
    row.gflops = operations / row.milliseconds * 1e-6;
    row.rate_gflops = rate;
    row.limit_milliseconds = operations / (rate * threads) * 1e-6;
    row.correct = agrees_with_reference(network, *engine);
    rows.push_back(row);
    if (threads == 1 || row.name != "msd_5_percent") continue;
    const auto batch = bench_batch(*engine, row, image, output, repeats * 4);
    if (!batch) return batch.error();
    rows.push_back(*batch);
  }
  return rows;
}

}  // namespace slicecast::nn::msd
