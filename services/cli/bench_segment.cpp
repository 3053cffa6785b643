// Figures of the classical segmentation, in this process: rows "segment.*".
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "common/io/npy.h"
#include "common/segmentation/bench_segmentation.h"
#include "common/segmentation/markers.h"
#include "services/cli/bench_groups.h"
#include "services/cli/bench_peers.h"

namespace slicecast::cli {
namespace {

constexpr int kImageSize = 512;

// The image that scikit-image's results are known of, where the test data are; else empty.
std::vector<float> reference_image() {
  const char* folder = std::getenv("SLICECAST_TEST_DATA");
  if (folder == nullptr) return {};
  const auto file = io::read_npy(std::filesystem::path(folder) / "ml/classical_ref/image512.npy");
  if (!file || file->shape != std::vector<std::uint64_t>{kImageSize, kImageSize}) return {};
  return file->as_float();
}

using SegmentRows = std::vector<segmentation::SegmentBenchRow>;

Result<void> add_segment_peers(const BenchContext& context, ImageView<const float> image,
                               const SegmentRows& found, std::span<Measurement> rows) {
  auto peers = BenchPeers::start(context);
  if (!peers) return peers.error();
  const auto pixels = peers->image("image", image);
  if (!pixels) return pixels.error();
  for (const auto& row : found) {
    BenchPeers::Job job{.row = "segment." + row.name, .kind = row.name, .image = *pixels};
    // Objects are counted in labels of ours.
    const bool counts = row.name == "quantities";
    if (!row.labels.empty()) {
      const auto file = peers->labels(row.name, {row.labels.data(), image.rows, image.columns});
      if (!file) return file.error();
      (counts ? job.image : job.expected) = *file;
    } else if (!row.thresholds.empty()) {
      const auto file = peers->values(row.name, row.thresholds);
      if (!file) return file.error();
      job.expected = *file;
    }
    if (const bool seeded = row.name == "watershed" || row.name == "random_walker"; seeded) {
      const segmentation::MarkerRule rule;
      job.low_percentile = rule.low_percentile;
      job.high_percentile = rule.high_percentile;
    }
    for (const int threads : {1, 2}) {
      BenchPeers::Job of = job;
      of.row += threads == 1 ? "_one_thread" : "_two_threads";
      of.threads = threads;
      peers->add(std::move(of));
    }
  }
  peers->add_to(rows);
  return {};
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
  SegmentRows found;
  for (const int threads : {1, 2}) {
    found = segmentation::bench_segmentation({image.data(), size, size}, threads, kRepeats);
    for (const auto& row : found) {
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
  if (auto ok = add_segment_peers(context, {image.data(), size, size}, found, rows); !ok)
    return ok.error();
  return rows;
}

}  // namespace slicecast::cli
