// Figures of the computing libraries, in this process.
#include "common/recon/bench_backproject.h"
#include "common/recon/bench_process.h"
#include "common/wire/bench_wire.h"
#include "services/cli/bench_groups.h"

namespace slicecast::cli {

Measurements bench_filtering(const BenchContext& context) {
  std::vector<Measurement> rows;
  for (const auto& row : recon::bench_process(context.scale, context.threads))
    rows.push_back(
        {.name = row.name == "process chain" ? "speed.filter_chain" : "speed.filter_frame",
         .value = row.milliseconds,
         .limit = row.limit_milliseconds,
         .limit_name = "bare FFTW rows of the same padded length",
         .work = row.work,
         .detail = "fastest of 7",
         .threads = row.threads});
  return rows;
}

Measurements bench_backprojection(const BenchContext& context) {
  const auto backend = recon::find_backend("cpu");
  if (!backend) return backend.error();
  std::vector<Measurement> rows;
  for (const auto& row : recon::bench_backproject(**backend, context.scale, context.threads, 7))
    rows.push_back({.name = "speed." + row.name,
                    .value = row.measured,
                    .limit = row.limit,
                    .limit_name = row.limit_name,
                    .work = row.work,
                    .detail = "median of 7",
                    .threads = row.threads,
                    .correct = row.correct});
  return rows;
}

Measurements bench_links(const BenchContext& context) {
  const auto links = wire::bench_wire(context.scale);
  if (!links) return links.error();
  const auto feed_ms = wire::bench_feed_latency_ms(context.scale);
  if (!feed_ms) return feed_ms.error();
  std::vector<Measurement> rows;
  for (const auto& row : *links) {
    const bool tcp = row.name.starts_with("bulk tcp");
    if (!tcp && !row.name.starts_with("bulk ipc")) continue;
    rows.push_back({.name = tcp ? "throughput.link_tcp" : "throughput.link_ipc",
                    .value = row.gb_per_s,
                    .limit = row.limit_gb_per_s,
                    .limit_name = "raw PUSH/PULL of the same messages",
                    .work = "512x512 uint16 frames, two contexts of one process",
                    .threads = 2});
  }
  rows.push_back({.name = "latency.feed_idle",
                  .value = *feed_ms,
                  .work = "header only, two contexts of one process",
                  .threads = 2});
  return rows;
}

}  // namespace slicecast::cli
