// How long a moved slice takes, through real processes under a steady stream of projections.
#include <algorithm>
#include <cstdio>

#include "common/base/clock.h"
#include "services/cli/bench_groups.h"
#include "services/cli/bench_moves.h"

namespace slicecast::cli {
namespace {

std::string distribution(const std::vector<double>& each, double slices_per_s) {
  char text[200];
  std::snprintf(text, sizeof text,
                "p50 %.1f, p90 %.1f, p99 %.1f, max %.1f ms of %zu poses; %.0f slices/s received",
                quantile(each, 0.5), quantile(each, 0.9), quantile(each, 0.99), each.back(),
                each.size(), slices_per_s);
  return text;
}

Result<std::vector<double>> sorted_moves(BenchMoves& moves, int count) {
  if (auto warm = moves.move(10); !warm) return warm.error();
  auto each = moves.move(count);
  if (each) std::ranges::sort(*each);
  return each;
}

Measurements bench_latency(const std::string& beam, const BenchContext& context) {
  auto moves = BenchMoves::start(beam, context);
  if (!moves) return moves.error();
  const int count = scaled(500, context.scale, 20);
  const auto start = steady_now_ns();
  const auto slices = (*moves)->slices();
  const auto loaded = sorted_moves(**moves, count);
  if (!loaded) return loaded.error();
  const double rate = static_cast<double>((*moves)->slices() - slices) /
                      (static_cast<double>(steady_now_ns() - start) * 1e-9);
  if (auto stopped = (*moves)->stop_stream(); !stopped) return stopped.error();
  const auto idle = sorted_moves(**moves, std::max(20, count / 5));
  if (!idle) return idle.error();

  const auto row = [&](const char* name, double share) {
    return Measurement{.name = "latency." + beam + "_" + name,
                       .value = quantile(*loaded, share),
                       .limit = quantile(*idle, 0.5),
                       .limit_name = "median without a stream",
                       .work = kMovesWork,
                       .detail = distribution(*loaded, rate),
                       .threads = context.threads};
  };
  return std::vector<Measurement>{row("p50", 0.5), row("p90", 0.9), row("p99", 0.99),
                                  row("max", 1)};
}

}  // namespace

Measurements bench_latency_cone(const BenchContext& context) {
  return bench_latency("cone", context);
}

Measurements bench_latency_parallel(const BenchContext& context) {
  return bench_latency("parallel", context);
}

}  // namespace slicecast::cli
