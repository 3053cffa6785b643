// What is promised, row by row. Names are stable: documentation and CI refer to them.
#include "services/cli/bench_groups.h"

namespace slicecast::cli {
namespace {

using enum Bound;

constexpr BenchPromise kFiltering[] = {
    {"speed.filter_chain", ratio_at_most, 1.5, "ms", "dark/flat, -log, cosine weights and ramp"},
    {"speed.filter_frame", none, 0, "ms", "the same for one frame of parallel beam, CPU time"},
};

constexpr BenchPromise kBackprojection[] = {
    {"speed.cone_axial_512", at_least, 2.5, "GUPS", "cone beam, axial slice"},
    {"speed.cone_tilt_0", at_least, 1.4, "GUPS", "cone beam, slice tilted by 0 degrees"},
    {"speed.cone_tilt_15", at_least, 1.4, "GUPS", "cone beam, slice tilted by 15 degrees"},
    {"speed.cone_tilt_30", at_least, 1.4, "GUPS", "cone beam, slice tilted by 30 degrees"},
    {"speed.cone_tilt_45", at_least, 1.4, "GUPS", "cone beam, slice tilted by 45 degrees"},
    {"speed.cone_tilt_60", at_least, 1.4, "GUPS", "cone beam, slice tilted by 60 degrees"},
    {"speed.cone_tilt_75", at_least, 1.4, "GUPS", "cone beam, slice tilted by 75 degrees"},
    {"speed.cone_tilt_90", at_least, 1.4, "GUPS", "cone beam, slice tilted by 90 degrees"},
    {"speed.cone_tilt_minimum", at_least, 1.4, "GUPS", "slowest of the tilts"},
    {"speed.cone_vertical", at_least, 1.4, "GUPS", "cone beam, vertical slice between x and y"},
    {"speed.cone_vertical_turned", none, 0, "GUPS", "the same turned in its plane by 45 degrees"},
    {"speed.cone_double_tilt", none, 0, "GUPS", "tilted by 60 degrees about the diagonal"},
    {"speed.cone_preview_128", at_most, 50, "ms", "preview volume of 128^3"},
    {"speed.parallel_axial_1024", at_least, 3, "GUPS", "parallel beam, axial slice"},
};

constexpr BenchPromise kLatencyCone[] = {
    {"latency.cone_p50", at_most, 30, "ms", "pose to slice, cone beam, median"},
    {"latency.cone_p90", none, 0, "ms", "nine in ten"},
    {"latency.cone_p99", at_most, 80, "ms", "99 in 100"},
    {"latency.cone_max", none, 0, "ms", "slowest"},
};
constexpr BenchPromise kLatencyParallel[] = {
    {"latency.parallel_p50", at_most, 30, "ms", "pose to slice, parallel beam, median"},
    {"latency.parallel_p90", none, 0, "ms", "nine in ten"},
    {"latency.parallel_p99", at_most, 80, "ms", "99 in 100"},
    {"latency.parallel_max", none, 0, "ms", "slowest"},
};

constexpr BenchPromise kThroughput[] = {
    {"throughput.projection", at_least, 0.3, "GB per CPU s", "raw frames in, filtered out"},
    {"throughput.memory_growth", ratio_at_most, 0.05, "MiB", "growth of the resident size"},
};
constexpr BenchPromise kLinks[] = {
    {"throughput.link_tcp", none, 0, "GB/s", "bulk link over tcp"},
    {"throughput.link_ipc", none, 0, "GB/s", "bulk link over ipc"},
    {"latency.feed_idle", none, 0, "ms", "publish to take on an idle feed, median"},
};

constexpr BenchPromise kProjectionMemory[] = {
    {"memory.projection_overload", ratio_at_most, 1.1, "MiB", "slicecast-projection, peak"},
};
constexpr BenchPromise kSliceMemory[] = {
    {"memory.slice_overload", ratio_at_most, 1.1, "MiB", "slicecast-slice, peak"},
};

constexpr BenchPromise kStreaming[] = {
    {"accuracy.difference_refresh", at_most, 1e-5, "",
     "ten windows of refreshes against a rebuild"},
    {"accuracy.streaming_against_reconstruct", at_most, 1e-5, "",
     "streamed slice against the offline one"},
};

}  // namespace

std::span<const BenchGroup> bench_groups() {
  static const BenchGroup groups[] = {
      {"streaming against offline", kStreaming, bench_streaming},
      {"filtering", kFiltering, bench_filtering},
      {"backprojection", kBackprojection, bench_backprojection},
      {"latency, cone beam", kLatencyCone, bench_latency_cone},
      {"latency, parallel beam", kLatencyParallel, bench_latency_parallel},
      {"throughput", kThroughput, bench_throughput},
      {"links", kLinks, bench_links},
      {"memory of the projection server", kProjectionMemory, bench_projection_memory},
      {"memory of the slice server", kSliceMemory, bench_slice_memory},
  };
  return groups;
}

}  // namespace slicecast::cli
