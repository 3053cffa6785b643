// Prints the backprojection figures: bench_backproject [backend] [scale] [threads] [repeats]
// [target]
#include <cstdio>
#include <cstdlib>
#include <string>

#include "common/recon/bench_backproject.h"
#include "common/recon/cpu/targets.h"

int main(int argc, char** argv) {
  const auto argument = [&](int i, const char* otherwise) {
    return argc > i ? argv[i] : otherwise;
  };
  const auto backend = slicecast::recon::find_backend(argument(1, "cpu"));
  if (!backend) {
    std::fprintf(stderr, "%s\n", backend.error().message.c_str());
    return 1;
  }
  const std::string target = argument(5, "");
  if (!slicecast::recon::force_simd_target(target)) {
    std::fprintf(stderr, "no SIMD target '%s' on this processor\n", target.c_str());
    return 1;
  }
  const auto rows =
      slicecast::recon::bench_backproject(**backend, std::atof(argument(2, "1")),
                                          std::atoi(argument(3, "2")), std::atoi(argument(4, "7")));
  std::printf("%s\n", (*backend)->description().c_str());
  bool correct = true;
  for (const auto& row : rows) {
    std::printf("%-22s %8.2f %-4s promise %5.1f  ratio to limit %.2f  %s  %s\n", row.name.c_str(),
                row.measured, row.unit.c_str(), row.promise, row.ratio,
                row.correct ? "correct" : "WRONG", row.work.c_str());
    correct = correct && row.correct;
  }
  return correct ? 0 : 1;
}
