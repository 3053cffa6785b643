#include <algorithm>
#include <cmath>
#include <random>
#include <string>

#include "cuda/bench/bench.h"
#include "cuda/process/frame_pipeline.h"

namespace slicecast::cuda::bench {
namespace {

recon::ProcessDesc cone_desc(int rows, int columns) {
  recon::ProcessDesc desc;
  desc.geometry.beam = geometry::Beam::cone;
  desc.geometry.rows = rows;
  desc.geometry.columns = columns;
  desc.geometry.pixel_mm = 0.4;
  desc.geometry.source_axis_mm = 500;
  desc.geometry.source_detector_mm = 1000;
  desc.coverage = recon::Coverage::full_turn;
  const std::size_t pixels = static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
  desc.dark = std::make_shared<recon::FloatImage>(pixels, 100.0F);
  desc.flat = std::make_shared<recon::FloatImage>(pixels, 50000.0F);
  return desc;
}

// Batches whose frames lie on the card, each in a lane of its own.
struct Uploaded {
  Lane lane;
  FrameBatch batch;
  FilteredImages images;
  std::vector<DeviceMemory> memory;
  Event turn;  // of this batch, and its end
};

// `next` goes on when `before` has come this far.
Result<void> enqueue_after(Device& device, const Stream& before, const Event& event,
                           const Stream& next) {
  if (auto done = device.record(event, before); !done) return done;
  return device.wait(next, event);
}

Result<Uploaded> upload(Device& device, const FramePipeline& pipeline,
                        const std::vector<RawFrame>& frames) {
  Uploaded made;
  auto stream = device.make_stream(StreamPriority::normal);
  if (!stream) return stream.error();
  made.lane.stream = std::move(*stream);
  auto batch = pipeline.upload(made.lane, frames);
  if (!batch) return batch.error();
  made.batch = *batch;
  const recon::ProcessedLayout& layout = pipeline.plan().layout;
  made.images.stride = layout.columns;
  made.images.half = true;
  made.images.scale = 1;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    auto image = device.allocate(static_cast<std::size_t>(layout.rows) *
                                 static_cast<std::size_t>(layout.columns) * 2);
    if (!image) return image.error();
    made.images.first_pixel[i] = image->get();
    made.memory.push_back(std::move(*image));
  }
  auto event = device.make_event();
  if (!event) return event.error();
  made.turn = std::move(*event);
  return made;
}

}  // namespace

Result<void> bench_filter(const std::shared_ptr<Device>& device, const Options& options,
                          const Limits& limits, std::vector<Row>& rows) {
  const auto scaled = [&](int size) {
    return std::max(8, static_cast<int>(std::lround(size * options.scale)));
  };
  const int frames = std::max(2, static_cast<int>(std::lround(60 * options.scale)));
  const int height = scaled(647), width = scaled(768);
  const auto pipeline = FramePipeline::make(*device, cone_desc(height, width));
  if (!pipeline) return pipeline.error();
  const auto pixels = static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
  std::vector<std::uint16_t> frame(pixels);
  std::mt19937 random(1);
  for (auto& pixel : frame) pixel = static_cast<std::uint16_t>(20000 + random() % 25000);

  std::vector<Uploaded> batches;
  for (int first = 0; first < frames; first += (*pipeline)->frames_per_batch()) {
    const int count = std::min((*pipeline)->frames_per_batch(), frames - first);
    std::vector<RawFrame> raw;
    for (int i = 0; i < count; ++i) raw.push_back({frame.data(), 0.1 * (first + i)});
    auto batch = upload(*device, **pipeline, raw);
    if (!batch) return batch.error();
    batches.push_back(std::move(*batch));
  }
  // One after the other, so that events of the first lane enclose them all. At the promised size
  // there is one.
  const Stream& first = batches.front().lane.stream;
  const auto ms = median_ms(*device, first, options.repeats, [&]() -> Result<void> {
    for (Uploaded& one : batches) {
      const Stream& own = one.lane.stream;
      if (&own != &first)
        if (auto done = enqueue_after(*device, first, one.turn, own); !done) return done;
      if (auto done = (*pipeline)->filter(one.lane, one.batch, one.images); !done) return done;
      if (&own != &first)
        if (auto done = enqueue_after(*device, own, one.turn, first); !done) return done;
    }
    return {};
  });
  if (!ms) return ms.error();
  const double bytes = static_cast<double>(frames) * static_cast<double>(pixels) * (2 + 2);
  const double least = bytes / limits.copy_gb_per_s * 1e-6;
  rows.push_back({.name = "cuda.filter_60",
                  .what = std::to_string(frames) + " cone projections of " +
                          std::to_string(height) + "x" + std::to_string(width) +
                          " uint16, filtered to half",
                  .value = *ms,
                  .unit = "ms",
                  .promise = "<= 2x limit",
                  .met = *ms <= 2 * least,
                  .limit = least,
                  .limit_name = "bytes moved"});
  return {};
}

}  // namespace slicecast::cuda::bench
