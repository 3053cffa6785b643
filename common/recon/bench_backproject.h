// Backprojection speed of a backend on simulated geometries, for `slicecast bench` and tests/bench.
#pragma once

#include <string>
#include <vector>

#include "common/recon/backend.h"

namespace slicecast::recon {

struct BackprojectBenchRow {
  std::string name;  // stable, e.g. "cone_axial_512"
  std::string work;  // what was computed, in words
  double measured = 0;
  std::string unit;    // "GUPS" (1e9 point updates per second) or "ms"
  double promise = 0;  // 0: none
  double limit = 0;    // in `unit`: what reading or arithmetic of this machine would allow
  std::string limit_name;
  double ratio = 0;  // measured / limit; for times limit / measured
  int threads = 0;
  bool correct = false;  // agrees with the reference on sampled rows
};

// `scale` shrinks every edge and the number of projections (1: the promised sizes; CI: 0.1).
// Images are white noise from a fixed seed in half precision; each figure is the median of
// `repeats` runs on `threads` threads over tiles.
std::vector<BackprojectBenchRow> bench_backproject(const Backend& backend, double scale,
                                                   int threads, int repeats);

}  // namespace slicecast::recon
