// Measures the links over real sockets between two contexts, each beside its limit: a raw PUSH/PULL
// of the same messages in the same run, and memcpy.
#pragma once

#include <string>
#include <vector>

#include "common/base/error.h"

namespace slicecast::wire {

struct WireRow {
  std::string name;
  double gb_per_s = 0;
  double frames_per_s = 0;
  double cpu_s_per_gb = 0;  // of the whole process: sender, receiver and libzmq's threads
  double limit_gb_per_s =
      0;  // raw sockets with the same transport and size; 0: it is a limit itself
};

// `scale` 1: a few seconds; smaller values send proportionally fewer frames, for checks that the
// rows are there at all.
Result<std::vector<WireRow>> bench_wire(double scale);

// Median of the time from publish() to take() of an idle feed, in ms, over tcp.
Result<double> bench_feed_latency_ms(double scale);

}  // namespace slicecast::wire
