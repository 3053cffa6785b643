// What each file of the benchmark contributes.
#pragma once

#include "services/cli/bench_row.h"

namespace slicecast::cli {

using Measurements = Result<std::vector<Measurement>>;

// Sizes of a run that a small scale may not shrink below.
inline int scaled(double count, double scale, int least) {
  return std::max(least, static_cast<int>(count * scale));
}

Measurements bench_cone_accuracy(const BenchContext& context);
Measurements bench_store_accuracy(const BenchContext& context);
Measurements bench_toolkit_accuracy(const BenchContext& context);
Measurements bench_missing_accuracy(const BenchContext& context);
Measurements bench_axis_accuracy(const BenchContext& context);
Measurements bench_tooth_accuracy(const BenchContext& context);
Measurements bench_diad_accuracy(const BenchContext& context);
Measurements bench_filtering(const BenchContext& context);
Measurements bench_backprojection(const BenchContext& context);
Measurements bench_links(const BenchContext& context);
std::string why_no_card();  // empty: there is one
Measurements bench_cuda(const BenchContext& context);
Measurements bench_cuda_latency(const BenchContext& context);
Measurements bench_latency_cone(const BenchContext& context);
Measurements bench_latency_parallel(const BenchContext& context);
Measurements bench_throughput(const BenchContext& context);
Measurements bench_projection_memory(const BenchContext& context);
Measurements bench_slice_memory(const BenchContext& context);
Measurements bench_viewer(const BenchContext& context);
Measurements bench_viewer_drag_of_four(const BenchContext& context);
Measurements bench_viewer_volume_stream(const BenchContext& context);
Measurements bench_viewer_uploads(const BenchContext& context);
Measurements bench_plugin(const BenchContext& context);
Measurements bench_plugin_latency(const BenchContext& context);
Measurements bench_segment_live(const BenchContext& context);
Measurements bench_streaming(const BenchContext& context);
Measurements bench_msd_networks(const BenchContext& context);
Measurements bench_graph_networks(const BenchContext& context);
Measurements bench_segment(const BenchContext& context);

}  // namespace slicecast::cli
