// Raw frames in, filtered projections out, links included, per CPU-second of the projection server.
#include <cstdio>

#include "common/base/clock.h"
#include "common/recon/bench_process.h"
#include "common/wire/bulk.h"
#include "services/cli/bench_groups.h"
#include "services/cli/bench_stack.h"

namespace slicecast::cli {
namespace {

using std::chrono::seconds;

constexpr double kFrameGb = 512 * 512 * 2 * 1e-9;
constexpr int kMemoryMib = 512;

// Takes filtered projections until `count` have come.
Result<void> drain(wire::BulkConsumer& filtered, int count) {
  while (count > 0) {
    const auto message = filtered.take(seconds(30));
    if (!message) return Error{Errc::deadline_exceeded, "no filtered projection came within 30 s"};
    if (message->header.has_filtered()) --count;
  }
  return {};
}

// CPU time of filtering one frame in this process, without any link.
double filtering_gb_per_s(double scale) {
  for (const auto& row : recon::bench_process(scale, 1))
    if (row.name == "process one frame" && row.milliseconds > 0)
      return kFrameGb / (row.milliseconds * 1e-3);
  return 0;
}

}  // namespace

Measurements bench_throughput(const BenchContext& context) {
  auto stack = BenchStack::start();
  if (!stack) return stack.error();
  const int threads = std::max(1, context.threads - 1);
  const auto server = (*stack)->add(
      "projection", threads,
      {"--bulk-port", "0", "--feed-port", "0", "--memory", std::to_string(kMemoryMib)});
  if (!server) return server.error();
  wire::BulkConsumer::Options wanted;
  wanted.name = "bench";
  wanted.address = wire::link_address(*server, "bulk");
  const auto filtered = wire::BulkConsumer::create((*stack)->client().context(), wanted);
  const auto source =
      (*stack)->add("source", 1,
                    {"--bulk-port", "0", "--rate", "0", "--rows", "512", "--columns", "512",
                     "--projections", "60", "--pre-render", "120", "--ring", "128"});
  if (!source) return source.error();

  // The ring of filtered projections and the raw window fill first; from there on nothing may grow.
  if (auto ok = drain(*filtered, scaled(2000, context.scale, 20)); !ok) return ok.error();
  const int frames = scaled(6000, context.scale, 50);
  const auto start_ns = steady_now_ns();
  const auto before = process_use((*stack)->pid("projection"));
  if (!before) return before.error();
  if (auto ok = drain(*filtered, frames); !ok) return ok.error();
  const auto after = process_use((*stack)->pid("projection"));
  if (!after) return after.error();
  const double wall_s = static_cast<double>(steady_now_ns() - start_ns) * 1e-9;
  // Ticks of 10 ms: at the smallest scales the clock may not have moved.
  const double cpu_s = std::max(0.01, after->cpu_s - before->cpu_s);
  const double gb = frames * kFrameGb;

  char detail[160];
  std::snprintf(detail, sizeof detail, "%.2f GB/s on the clock, %.0f frames/s, %.2f CPU s",
                gb / wall_s, frames / wall_s, cpu_s);
  const std::string work =
      std::to_string(frames) + " raw uint16 frames of 512x512 to half precision";
  const bool shrunk = context.scale < 1;
  return std::vector<Measurement>{{.name = "throughput.projection",
                                   .value = gb / cpu_s,
                                   .limit = shrunk ? std::nan("") : filtering_gb_per_s(1),
                                   .limit_name = "filtering alone, in one thread, without links",
                                   .work = work,
                                   .detail = detail,
                                   .threads = threads},
                                  {.name = "throughput.memory_growth",
                                   .value = after->resident_mib - before->resident_mib,
                                   .limit = before->resident_mib,
                                   .limit_name = "resident before",
                                   .work = work,
                                   .detail = "budget " + std::to_string(kMemoryMib) + " MiB",
                                   .threads = threads}};
}

}  // namespace slicecast::cli
