// What processing costs, each figure beside the limit measured in the same run.
#pragma once

#include <string>
#include <vector>

namespace slicecast::recon {

struct ProcessBenchRow {
  std::string name;
  double milliseconds = 0;  // fastest of the repetitions
  // Bare FFTW r2c + c2r of the same rows at the power-of-two length >= 2N-1, same threads.
  double limit_milliseconds = 0;
  double ratio = 0;  // milliseconds / limit
  std::string work;  // e.g. "60 x 647 x 768 uint16, cone, rows padded to 2048"
  int threads = 1;
};

// `scale` 1 is the promised size; a CI run passes e.g. 0.05 (at least one small frame is
// processed). Single rows: chain of 60 frames (wall time), one 512x512 frame (CPU time of one
// thread).
std::vector<ProcessBenchRow> bench_process(double scale, int threads);

}  // namespace slicecast::recon
