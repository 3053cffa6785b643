#include "cuda/process/processor.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "common/recon/card_sharing.h"
#include "cuda/process/lane.h"

namespace slicecast::cuda {
namespace {

void fill_zero_rows(ImageView<float> image) {
  for (int r = 0; r < image.rows; ++r) std::ranges::fill(image.row(r), 0.0F);
}

class DeviceProcessor final : public CardProcessor {
 public:
  DeviceProcessor(std::shared_ptr<Device> device, std::unique_ptr<FramePipeline> pipeline,
                  std::function<void(const Error&)> failed)
      : device_(std::move(device)),
        pipeline_(std::move(pipeline)),
        failed_(std::move(failed)),
        lanes_(kMostLanes, [device = device_.get()] { return make_lane(*device); }) {}

  const recon::ProcessedLayout& layout() const override { return pipeline_->plan().layout; }
  int line_rows() const override { return layout().line_rows; }
  int line_columns() const override { return layout().line_columns; }
  const FramePipeline& pipeline() const override { return *pipeline_; }

  recon::ProcessCounts filter(const void* raw, double angle_rad,
                              ImageView<float> out) const override {
    const RawFrame frame{raw, angle_rad};
    recon::ProcessCounts counts;
    if (auto ok = filter_batch({&frame, 1}, {&out, 1}, {&counts, 1}); !ok) fail(ok.error(), out);
    return counts;
  }

  recon::ProcessCounts line_integrals(const void* raw, ImageView<float> out) const override {
    auto counts = lines_of({raw, 0}, out);
    if (counts) return *counts;
    fail(counts.error(), out);
    return {};
  }

  Result<void> filter_batch(std::span<const RawFrame> frames, std::span<const ImageView<float>> out,
                            std::span<recon::ProcessCounts> counts) const override {
    const std::size_t pixels = static_cast<std::size_t>(layout().rows) * layout().columns;
    return in_batches(frames, [&](Lane& lane, const FrameBatch& batch, std::size_t first) {
      const std::size_t bytes = sizeof(float) * pixels * batch.frames;
      FilteredImages images;
      images.stride = layout().columns;
      if (auto ok = lane.out.reserve(*device_, bytes); !ok) return ok;
      if (auto ok = lane.staged_out.reserve(*device_, bytes); !ok) return ok;
      for (int i = 0; i < batch.frames; ++i)
        images.first_pixel[i] = lane.out.as<float>() + i * pixels;
      if (auto ok = pipeline_->filter(lane, batch, images); !ok) return ok;
      if (auto ok = device_->download(lane.stream, lane.staged_out.as<float>(),
                                      lane.out.as<float>(), bytes);
          !ok)
        return ok;
      if (auto ok = finish(lane); !ok) return ok;
      for (int i = 0; i < batch.frames; ++i) {
        unpack(lane.staged_out.as<float>() + i * pixels, out[first + i]);
        counts[first + i] = pipeline_->counts(pipeline_->tally(lane)[i], batch.tapered[i]);
      }
      return Result<void>{};
    });
  }

  Result<void> filter_onto(std::span<const RawFrame> frames, std::span<void* const> images,
                           int stride, bool half, float scale,
                           std::span<BatchCounts> counts) const override {
    return in_batches(frames, [&](Lane& lane, const FrameBatch& batch, std::size_t first) {
      FilteredImages out;
      out.stride = stride;
      out.half = half;
      out.scale = half ? scale : 1.0F;
      for (int i = 0; i < batch.frames; ++i) out.first_pixel[i] = images[first + i];
      if (auto ok = pipeline_->filter(lane, batch, out); !ok) return ok;
      if (auto ok = finish(lane); !ok) return ok;
      for (int i = 0; i < batch.frames; ++i) {
        const FrameTally& tally = pipeline_->tally(lane)[i];
        counts[first + i] = {pipeline_->counts(tally, batch.tapered[i]), tally.clipped};
      }
      return Result<void>{};
    });
  }

  std::optional<HalfFrame> filter_half(const void* raw, double angle_rad, float scale,
                                       ImageView<std::uint16_t> out,
                                       recon::SharedImage* shared) const override {
    const RawFrame frame{raw, angle_rad};
    HalfFrame half;
    const std::size_t row_bytes = sizeof(std::uint16_t) * layout().columns;
    const std::size_t rows = static_cast<std::size_t>(layout().rows);
    auto done = in_batches({&frame, 1}, [&](Lane& lane, const FrameBatch& batch, std::size_t) {
      std::size_t pitch = row_bytes;
      if (shared != nullptr) pitch = shared->place().row_stride_bytes;
      if (auto ok = lane.staged_out.reserve(*device_, row_bytes * rows); !ok) return ok;
      if (shared == nullptr)
        if (auto ok = lane.out.reserve(*device_, row_bytes * rows); !ok) return ok;
      FilteredImages images;
      images.first_pixel[0] = shared != nullptr ? shared->first_pixel() : lane.out.as<void>();
      images.stride = static_cast<int>(pitch / sizeof(std::uint16_t));
      images.half = true;
      images.scale = scale;
      if (auto ok = pipeline_->filter(lane, batch, images); !ok) return ok;
      auto* staged = lane.staged_out.as<std::uint16_t>();
      if (auto ok = device_->download_rows(lane.stream, staged, row_bytes, images.first_pixel[0],
                                           pitch, row_bytes, rows);
          !ok)
        return ok;
      if (auto ok = finish(lane); !ok) return ok;
      for (std::size_t r = 0; r < rows; ++r)
        std::memcpy(out.row(static_cast<int>(r)).data(), staged + r * layout().columns, row_bytes);
      const FrameTally& tally = pipeline_->tally(lane)[0];
      half = {pipeline_->counts(tally, batch.tapered[0]), tally.clipped};
      return Result<void>{};
    });
    if (done) return half;
    for (int r = 0; r < out.rows; ++r) std::ranges::fill(out.row(r), std::uint16_t{0});
    if (failed_) failed_(done.error());
    return half;
  }

  // One frame through the card: finds out what is missing before the first frame arrives.
  Result<void> warm_up() const {
    const recon::ProcessDesc& desc = pipeline_->desc();
    const std::vector<std::byte> black(static_cast<std::size_t>(desc.geometry.rows) *
                                       desc.geometry.columns * size_of(desc.pixel_type));
    std::vector<float> pixels(static_cast<std::size_t>(layout().rows) * layout().columns);
    const RawFrame frame{black.data(), desc.arc_start_rad};
    const ImageView<float> out(pixels.data(), layout().rows, layout().columns);
    recon::ProcessCounts counts;
    return filter_batch({&frame, 1}, {&out, 1}, {&counts, 1});
  }

 private:
  template <class Work>
  Result<void> in_batches(std::span<const RawFrame> frames, const Work& work) const {
    for (std::size_t first = 0; first < frames.size();) {
      auto lane = lanes_.take();
      if (!lane) return lane.error();
      auto batch = pipeline_->upload(**lane, frames.subspan(first));
      Result<void> done;
      if (batch)
        done = work(**lane, *batch, first);
      else
        done = batch.error();
      if (!done) {
        // What is still running must not write into a lane that the next call takes.
        static_cast<void>(device_->synchronize((*lane)->stream));
        return done;
      }
      first += static_cast<std::size_t>(batch->frames);
    }
    return {};
  }

  Result<recon::ProcessCounts> lines_of(const RawFrame& frame, ImageView<float> out) const {
    recon::ProcessCounts counts;
    const std::size_t bytes = sizeof(float) * line_rows() * line_columns();
    auto done = in_batches({&frame, 1}, [&](Lane& lane, const FrameBatch& batch, std::size_t) {
      auto lines = pipeline_->line_images(lane, batch);
      if (!lines) return Result<void>(lines.error());
      if (auto ok = lane.staged_out.reserve(*device_, bytes); !ok) return ok;
      if (auto ok = device_->download(lane.stream, lane.staged_out.as<float>(), *lines, bytes); !ok)
        return ok;
      if (auto ok = finish(lane); !ok) return ok;
      unpack(lane.staged_out.as<float>(), out);
      counts = pipeline_->counts(pipeline_->tally(lane)[0], false);
      return Result<void>{};
    });
    if (!done) return done.error();
    return counts;
  }

  Result<void> finish(Lane& lane) const {
    if (auto ok = pipeline_->download_tally(lane); !ok) return ok;
    return device_->synchronize(lane.stream);
  }

  static void unpack(const float* pixels, ImageView<float> out) {
    for (int r = 0; r < out.rows; ++r)
      std::memcpy(out.row(r).data(), pixels + static_cast<std::size_t>(r) * out.columns,
                  sizeof(float) * out.columns);
  }

  void fail(const Error& error, ImageView<float> out) const {
    fill_zero_rows(out);
    if (failed_) failed_(error);
  }

  const std::shared_ptr<Device> device_;
  const std::unique_ptr<FramePipeline> pipeline_;
  const std::function<void(const Error&)> failed_;
  mutable Leases<Lane> lanes_;
};

}  // namespace

Result<std::unique_ptr<CardProcessor>> make_card_processor(
    std::shared_ptr<Device> device, const recon::ProcessDesc& desc,
    std::function<void(const Error&)> failed) {
  if (auto valid = recon::validate(desc); !valid) return valid.error();
  auto pipeline = FramePipeline::make(*device, desc);
  if (!pipeline) return pipeline.error();
  auto processor =
      std::make_unique<DeviceProcessor>(std::move(device), std::move(*pipeline), std::move(failed));
  if (auto ok = processor->warm_up(); !ok) return ok.error();
  return std::unique_ptr<CardProcessor>(std::move(processor));
}

}  // namespace slicecast::cuda
