// Prints what processing costs: bench_process [scale] [threads].
#include "common/recon/bench_process.h"

#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
  const double scale = argc > 1 ? std::atof(argv[1]) : 1.0;
  const int threads = argc > 2 ? std::atoi(argv[2]) : 2;
  for (const auto& row : slicecast::recon::bench_process(scale, threads))
    std::printf("%-28s %8.2f ms  limit %8.2f ms  ratio %.2f  %d thread(s)  %s\n", row.name.c_str(),
                row.milliseconds, row.limit_milliseconds, row.ratio, row.threads, row.work.c_str());
}
