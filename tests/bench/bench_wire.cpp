// Prints how fast the links are, beside raw sockets and memcpy. Usage: bench_wire [SCALE]
#include "common/wire/bench_wire.h"

#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
  const double scale = argc > 1 ? std::atof(argv[1]) : 1.0;
  const auto rows = slicecast::wire::bench_wire(scale);
  const auto latency = slicecast::wire::bench_feed_latency_ms(scale);
  if (!rows || !latency) {
    std::fprintf(stderr, "%s\n", (rows ? latency.error() : rows.error()).message.c_str());
    return 1;
  }
  std::printf("%-32s %8s %10s %12s %8s\n", "what", "GB/s", "frames/s", "CPU s per GB", "of limit");
  for (const auto& row : *rows)
    std::printf("%-32s %8.2f %10.0f %12.2f %8.2f\n", row.name.c_str(), row.gb_per_s,
                row.frames_per_s, row.cpu_s_per_gb,
                row.limit_gb_per_s > 0 ? row.gb_per_s / row.limit_gb_per_s : 1.0);
  std::printf("feed, idle, publish to take: %.3f ms (median)\n", *latency);
  return 0;
}
