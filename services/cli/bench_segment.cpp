// Figures of the classical segmentation, in this process: rows "segment.*".
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "common/io/npy.h"
#include "common/segmentation/bench_segmentation.h"
#include "services/cli/bench_groups.h"

namespace slicecast::cli {
namespace {

constexpr int kImageSize = 512;

// The image that scikit-image's results are known of (and that tests/peers times it with), where
// the test data are; else empty.
std::vector<float> reference_image() {
  const char* folder = std::getenv("SLICECAST_TEST_DATA");
  if (folder == nullptr) return {};
  const auto file = io::read_npy(std::filesystem::path(folder) / "ml/classical_ref/image512.npy");
  if (!file || file->shape != std::vector<std::uint64_t>{kImageSize, kImageSize}) return {};
  return file->as_float();
}

}  // namespace

Measurements bench_segment(const BenchContext& context) {
  constexpr int kRepeats = 9;
  const int size = scaled(kImageSize, context.scale, 64);
  auto image = size == kImageSize ? reference_image() : std::vector<float>();
  const bool simulated = image.empty();
  if (simulated) image = segmentation::bench_image(size, size);
  const std::string work = std::to_string(size) + "x" + std::to_string(size) +
                           (simulated ? ", simulated" : ", the reference image");
  std::vector<Measurement> rows;
  for (const int threads : {1, 2}) {
    for (const auto& row :
         segmentation::bench_segmentation({image.data(), size, size}, threads, kRepeats)) {
      char detail[64];
      std::snprintf(detail, sizeof(detail), "median of %d; %.2f %% as defined", kRepeats,
                    100 * row.agreement);
      rows.push_back(
          {.name = "segment." + row.name + (threads == 1 ? "_one_thread" : "_two_threads"),
           .value = row.milliseconds,
           .work = work,
           .detail = detail,
           .threads = row.threads,
           .correct = row.correct});
    }
  }
  return rows;
}

}  // namespace slicecast::cli
