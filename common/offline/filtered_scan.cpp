#include "common/offline/filtered_scan.h"

#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>
#include <mutex>

#include "common/offline/bad_pixel_mask.h"
#include "common/recon/half_scale.h"
#include "common/recon/processed_field.h"

namespace slicecast::offline {
namespace {

using recon::FloatImage;
using recon::ProcessDesc;

// Reads frames one after the other on one thread and hands them to `work` on many; stops at the
// first error.
Result<void> for_each_projection(
    const ScanFrames& frames, const std::vector<std::size_t>& projections,
    const std::function<void(std::size_t position, const std::byte* raw)>& work) {
  struct Job {
    std::size_t position;
    std::shared_ptr<std::vector<std::byte>> raw;
  };
  Result<void> outcome;
  std::size_t next = 0;
  const auto read = [&](tbb::flow_control& control) -> Job {
    if (next >= projections.size() || !outcome) {
      control.stop();
      return {};
    }
    auto raw = std::make_shared<std::vector<std::byte>>(frames.frame_bytes());
    outcome = frames.read(
        {io::FrameKind::projection, static_cast<std::uint32_t>(projections[next])}, *raw);
    if (!outcome) {
      control.stop();
      return {};
    }
    return {next++, std::move(raw)};
  };
  const auto in_flight =
      2 * static_cast<std::size_t>(std::max(1, tbb::this_task_arena::max_concurrency()));
  tbb::parallel_pipeline(
      in_flight, tbb::make_filter<void, Job>(tbb::filter_mode::serial_in_order, read) &
                     tbb::make_filter<Job, void>(tbb::filter_mode::parallel, [&](const Job& job) {
                       work(job.position, job.raw->data());
                     }));
  return outcome;
}

Result<std::shared_ptr<const FloatImage>> mean_of(const ScanFrames& frames, io::FrameKind kind,
                                                  std::size_t count) {
  recon::FrameMean mean(frames.geometry);
  std::vector<std::byte> raw(frames.frame_bytes());
  for (std::size_t i = 0; i < count; ++i) {
    if (auto read = frames.read({kind, static_cast<std::uint32_t>(i)}, raw); !read)
      return read.error();
    mean.add(raw.data(), frames.pixel_type);
  }
  return mean.mean();
}

// The profile that the window's own mean shows. Sums in the order of the scan, so that the threads'
// timing does not show in the last digit.
Result<std::shared_ptr<const FloatImage>> ring_profile(const ScanFrames& frames,
                                                       const ScanWindow& window,
                                                       const recon::Processor& processor) {
  const int rows = processor.line_rows(), columns = processor.line_columns();
  recon::RingEstimate estimate(rows, columns);
  std::vector<std::byte> raw(frames.frame_bytes());
  std::vector<float> lines(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns));
  for (std::size_t i : window.projections) {
    auto read = frames.read({io::FrameKind::projection, static_cast<std::uint32_t>(i)}, raw);
    if (!read) return read.error();
    const ImageView<float> view(lines.data(), rows, columns);
    processor.line_integrals(raw.data(), view);
    estimate.add(view);
  }
  return estimate.profile();
}

Result<void> check_memory(const FilteredScan& scan, const Options& options) {
  const bool half = options.store == recon::StoreType::half_precision;
  const std::size_t bytes = scan.window.projections.size() *
                            static_cast<std::size_t>(scan.layout.rows) *
                            static_cast<std::size_t>(scan.layout.columns) * (half ? 2 : 4);
  if (options.most_store_bytes == 0 || bytes <= options.most_store_bytes) return {};
  const auto mib = [](std::size_t b) { return std::to_string(b >> 20U) + " MiB"; };
  return Error{Errc::resource_exhausted,
               "the filtered projections need " + mib(bytes) + " but " +
                   mib(options.most_store_bytes) +
                   " may be used; bin them (--binning 2), crop them (--roi), take the half store "
                   "or raise --memory"};
}

class Filtering {
 public:
  Filtering(const ScanFrames& frames, const Options& options, FilteredScan& scan,
            const recon::Processor& processor)
      : frames_(frames), options_(options), scan_(scan), processor_(processor) {}

  Result<void> run() {
    scan_.terms.resize(scan_.window.projections.size());
    if (auto scale = choose_scale(); !scale) return scale;
    auto outcome = for_each_projection(
        frames_, scan_.window.projections,
        [&](std::size_t position, const std::byte* raw) { one(position, raw); });
    scan_.clipped = clipped_.load();
    return outcome;
  }

 private:
  std::vector<float> filtered(std::size_t projection, const std::byte* raw) {
    const auto& layout = processor_.layout();
    std::vector<float> pixels(static_cast<std::size_t>(layout.rows) *
                              static_cast<std::size_t>(layout.columns));
    const auto counts = processor_.filter(raw, frames_.angles_rad[projection],
                                          {pixels.data(), layout.rows, layout.columns});
    const std::lock_guard lock(mutex_);
    scan_.counts += counts;
    return pixels;
  }

  Result<void> choose_scale() {
    if (options_.store == recon::StoreType::single_precision) return {};
    const std::size_t middle = scan_.window.projections[scan_.window.projections.size() / 2];
    std::vector<std::byte> raw(frames_.frame_bytes());
    auto read = frames_.read({io::FrameKind::projection, static_cast<std::uint32_t>(middle)}, raw);
    if (!read) return read;
    float largest = 0;
    for (float value : filtered(middle, raw.data()))
      if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
    scale_ = recon::half_scale_for(largest);
    scan_.counts = {};
    return {};
  }

  void one(std::size_t position, const std::byte* raw) {
    const std::size_t projection = scan_.window.projections[position];
    const auto pixels = filtered(projection, raw);
    const auto& layout = processor_.layout();
    recon::Term& term = scan_.terms[position];
    term.image = scan_.backend->store({pixels.data(), layout.rows, layout.columns}, options_.store,
                                      scale_, &clipped_);
    const auto g = recon::processed_geometry(scan_.desc.geometry);
    const auto at = geometry::projection_of(g, projection, frames_.angles_rad[projection]);
    term.weight = static_cast<float>(scan_.window.weights_rad[position]);
    // describe() has checked that there is a vector for every projection.
    term.matrix = geometry::with_pixel_map(at->matrix, layout.scale, layout.shift_u, layout.scale,
                                           layout.shift_v);
  }

  const ScanFrames& frames_;
  const Options& options_;
  FilteredScan& scan_;
  const recon::Processor& processor_;
  float scale_ = 1;
  std::mutex mutex_;
  std::atomic<std::uint64_t> clipped_{0};
};

}  // namespace

Result<void> average_references(const ScanFrames& frames, int most, ProcessDesc& desc) {
  const auto limit = static_cast<std::size_t>(std::max(most, 1));
  auto dark = mean_of(frames, io::FrameKind::dark, std::min(frames.darks, limit));
  if (!dark) return dark.error();
  auto flat = mean_of(frames, io::FrameKind::flat, std::min(frames.flats, limit));
  if (!flat) return flat.error();
  desc.dark = *dark;
  desc.flat = *flat;
  return {};
}

Result<ProcessDesc> describe(const ScanFrames& frames, const Options& options) {
  ProcessDesc desc;
  desc.geometry = frames.geometry;
  desc.parameters = options.pixels;
  desc.pixel_type = frames.pixel_type;
  desc.repeatable = true;
  if (frames.already_linear) desc.parameters.already_linear = true;
  auto& paganin = desc.parameters.paganin;
  if (paganin.delta_beta > 0) {
    if (paganin.energy_kev == 0) paganin.energy_kev = frames.energy_kev;
    if (paganin.distance_mm == 0) paganin.distance_mm = frames.distance_mm;
  }
  if (auto valid = geometry::validate(frames.geometry); !valid) return valid.error();
  if (options.bad_pixels) {
    auto bad = fitted(*options.bad_pixels, frames.geometry);
    if (!bad) return bad.error();
    desc.bad = *std::move(bad);
  }
  const auto vectors = frames.geometry.vectors.size();
  if (vectors != 0 && vectors < frames.projections())
    return Error{Errc::invalid_argument,
                 "there are fewer measured vectors than projections; give one per projection"};
  if (!desc.parameters.already_linear)
    if (auto averaged = average_references(frames, options.most_flats, desc); !averaged)
      return averaged.error();
  return desc;
}

namespace {

// With what `choice` computes with now.
Result<FilteredScan> filtered_by(std::shared_ptr<const recon::FallbackBackend> choice,
                                 const ScanFrames& frames, const Options& options) {
  FilteredScan scan;
  scan.backend = &choice->current();
  scan.choice = std::move(choice);
  auto desc = describe(frames, options);
  if (!desc) return desc.error();
  scan.desc = std::move(*desc);
  auto window = choose_window(frames, options.coverage, options.extent);
  if (!window) return window.error();
  scan.window = std::move(*window);
  scan.desc.coverage = scan.window.coverage;
  scan.desc.arc_start_rad = scan.window.arc_start_rad;

  auto processor = scan.choice->make_processor(scan.desc);
  if (!processor) return processor.error();
  if (scan.desc.parameters.ring_correction) {
    auto rings = ring_profile(frames, scan.window, **processor);
    if (!rings) return rings.error();
    scan.desc.ring = *rings;
    processor = scan.choice->make_processor(scan.desc);
    if (!processor) return processor.error();
  }
  scan.layout = (*processor)->layout();
  if (auto fits = check_memory(scan, options); !fits) return fits.error();
  scan.field = recon::processed_field(scan.desc);
  if (auto done = Filtering(frames, options, scan, **processor).run(); !done) return done.error();
  return scan;
}

Result<FilteredScan> filtered_by_any(const std::shared_ptr<const recon::FallbackBackend>& choice,
                                     const ScanFrames& frames, const Options& options) {
  for (;;) {
    const recon::Backend& backend = choice->current();
    auto scan = filtered_by(choice, frames, options);
    if (choice->intact(backend)) return scan;
  }
}

}  // namespace

Result<FilteredScan> filter_scan(const ScanFrames& frames, const Options& options) {
  auto choice = recon::FallbackBackend::create(options.backend, options.tell);
  if (!choice) return choice.error();
  return filtered_by_any(std::move(*choice), frames, options);
}

Result<void> filter_again(const ScanFrames& frames, const Options& options, FilteredScan& scan) {
  auto again = filtered_by_any(scan.choice, frames, options);
  if (!again) return again.error();
  scan = std::move(*again);
  return {};
}

}  // namespace slicecast::offline
