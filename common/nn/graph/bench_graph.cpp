#include "common/nn/graph/bench_graph.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "common/nn/graph/executor.h"
#include "common/nn/graph/graph_builder.h"
#include "common/nn/graph/passes.h"
#include "common/nn/graph/plan.h"
#include "common/nn/graph/tomogan.h"

namespace slicecast::nn {
namespace {

struct Run {
  double milliseconds = 0, multiply_adds = 0;
  std::vector<float> answer;
};

// Median of `repeats` runs after one that does not count.
Result<Run> time_graph(const Graph& graph, const Shape& shape, const char* backend_name,
                       int threads, int repeats) {
  auto plan = specialize(graph, shape);
  if (!plan) return plan.error();
  const auto backend = find_network_backend(backend_name);
  if (!backend) return backend.error();
  Run run;
  run.multiply_adds = plan->multiply_adds();
  run.answer.resize(static_cast<std::size_t>(*element_count(plan->output_shape())));
  auto executor = (*backend)->compile(std::move(*plan), threads);
  if (!executor) return executor.error();
  const auto image = graph_bench_image(static_cast<std::size_t>(*element_count(shape)));
  std::vector<double> milliseconds;
  for (int i = 0; i <= repeats; ++i) {
    const auto start = std::chrono::steady_clock::now();
    if (auto ok = (*executor)->run(image, run.answer); !ok) return ok.error();
    const auto end = std::chrono::steady_clock::now();
    milliseconds.push_back(std::chrono::duration<double, std::milli>(end - start).count());
  }
  if (repeats > 0) milliseconds.erase(milliseconds.begin());
  std::ranges::sort(milliseconds);
  run.milliseconds = milliseconds[milliseconds.size() / 2];
  return run;
}

// Multiply-adds per millisecond of one convolution, too small for anything but the direct sum.
Result<double> direct_rate(int threads, int repeats) {
  GraphBuilder net({1, 128, 24, 24});
  const auto weights = net.constant({128, 128, 3, 3}, std::vector<float>(128 * 128 * 9, 0.01F));
  const auto out =
      net.node("Conv", {net.input(), weights}, {{"pads", std::vector<std::int64_t>{1, 1, 1, 1}}});
  const auto run =
      time_graph(std::move(net).finish(out), {1, 128, 24, 24}, "onednn", threads, 20 * repeats);
  if (!run) return run.error();
  return run->multiply_adds / run->milliseconds;
}

Result<bool> agrees(const Graph& graph, int threads) {
  const Shape small{1, 1, 64, 64};
  const auto fast = time_graph(graph, small, "onednn", threads, 0);
  if (!fast) return fast.error();
  const auto plain = time_graph(graph, small, "reference", 1, 0);
  if (!plain) return plain.error();
  float largest = 0, difference = 0;
  for (std::size_t i = 0; i < plain->answer.size(); ++i) {
    largest = std::max(largest, std::abs(plain->answer[i]));
    difference = std::max(difference, std::abs(plain->answer[i] - fast->answer[i]));
  }
  return difference <= 1e-5F * largest;
}

}  // namespace

Graph graph_bench_network() {
  return make_tomogan(1);
}

int graph_bench_edge(double scale) {
  return std::max(64, static_cast<int>(512 * std::sqrt(scale)) / 8 * 8);
}

std::vector<float> graph_bench_image(std::size_t pixels) {
  std::vector<float> image(pixels);
  for (std::size_t i = 0; i < pixels; ++i)
    image[i] = std::sin(static_cast<float>(i % 4096) * 0.37F);
  return image;
}

Result<std::vector<GraphBenchRow>> bench_graph(double scale, int threads, int repeats) {
  Graph graph = graph_bench_network();
  if (auto ok = simplify(graph); !ok) return ok.error();
  const int size = graph_bench_edge(scale);
  const auto run = time_graph(graph, {1, 1, size, size}, "onednn", threads, repeats);
  if (!run) return run.error();
  const auto rate = direct_rate(threads, repeats);
  if (!rate) return rate.error();
  const auto correct = agrees(graph, threads);
  if (!correct) return correct.error();
  const auto backend = find_network_backend("onednn");
  if (!backend) return backend.error();
  GraphBenchRow row;
  row.name = "unet";
  row.milliseconds = run->milliseconds;
  row.limit_milliseconds = run->multiply_adds / *rate;
  row.gflops = 2e-6 * run->multiply_adds / run->milliseconds;
  row.work = std::to_string(size) + "x" + std::to_string(size) + ", 694897 parameters, " +
             std::to_string(static_cast<int>(std::round(2e-9 * run->multiply_adds))) + " GFLOP";
  row.executor = (*backend)->description();
  row.threads = threads;
  row.correct = *correct;
  return std::vector<GraphBenchRow>{row};
}

}  // namespace slicecast::nn
