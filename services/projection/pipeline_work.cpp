// The worker threads: filter, round to the store's precision, publish in the right epoch.
#include <tbb/task_arena.h>

#include <algorithm>
#include <cmath>

#include "common/base/clock.h"
#include "common/base/thread_name.h"
#include "common/log/log.h"
#include "common/recon/convert.h"
#include "common/recon/half_scale.h"
#include "services/projection/pipeline.h"

namespace slicecast::projection {
namespace {

using metrics::Drop;

constexpr std::int64_t kThumbnailIntervalNs = 200'000'000;  // 5 Hz

float largest_magnitude(std::span<const float> values) {
  float largest = 0;
  for (float value : values)
    if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
  return largest;
}

}  // namespace

struct Pipeline::Worker {
  // One thread per frame: the rows of a frame are not spread over others, which have frames of
  // their own.
  tbb::task_arena arena{1};
  std::vector<float> filtered;
};

void Pipeline::work(std::stop_token stop, unsigned index) {
  name_thread("filter-" + std::to_string(index));
  Worker worker;
  for (;;) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      work_there_.wait(lock, stop, [&] { return !queue_.empty() || plan_.has_next(); });
      if (stop.stop_requested()) return;
      if (!next_job(job)) {
        work_done_.notify_all();
        continue;
      }
    }
    work_done_.notify_all();  // the queue has room
    worker.arena.execute([&] { filter(std::move(job), worker); });
    work_done_.notify_all();
  }
}

// Live frames and the refilter take turns, so that neither starves.
bool Pipeline::next_job(Job& job) {
  const bool refilter = plan_.has_next() && (queue_.empty() || refilter_next_);
  refilter_next_ = !refilter_next_;
  job.epoch = epoch_;
  job.scan_number = scan_number_;
  if (refilter) {
    job.refilter = true;
    const auto id = plan_.next();
    const RawFrame* frame = id ? raw_.find(*id) : nullptr;
    if (frame != nullptr) {
      job.frame = *frame;
      return true;
    }
    // It has left the window since the plan was made.
    refiltered_->drop(Drop::superseded);
    finished(job);
    return false;
  }
  if (queue_.empty()) return false;
  job.frame = std::move(queue_.front());
  queue_.pop_front();
  queue_bytes_ -= job.frame.bytes();
  ++live_in_work_;
  return true;
}

void Pipeline::filter(Job job, Worker& worker) {
  for (;;) {
    const auto processor =
        job.epoch ? job.epoch->processor(job.frame.id, job.frame.angle_rad) : nullptr;
    if (!processor) {
      if (cannot_filter(job)) return;
      continue;
    }
    const auto& layout = job.epoch->layout();
    const std::size_t pixels = static_cast<std::size_t>(layout.rows) * layout.columns;
    FilteredImage image{.id = job.frame.id,
                        .angle_rad = job.frame.angle_rad,
                        .sent_matrix = job.frame.matrix,
                        .acquired_ns = job.frame.acquired_ns,
                        .refiltered = job.refilter};
    recon::ProcessCounts counts;
    if (filter_on_card(job, *processor, layout, image, counts)) {
      // Nothing is left to do here.
    } else if (options_.store == recon::StoreType::single_precision) {
      BufferPtr buffer = pool_->take(pixels * sizeof(float));
      counts = processor->filter(job.frame.pixels->data(), job.frame.angle_rad,
                                 {buffer->as<float>(), layout.rows, layout.columns});
      image.type = PixelType::f32;
      image.pixels = std::move(buffer);
    } else {
      worker.filtered.resize(pixels);
      counts = processor->filter(job.frame.pixels->data(), job.frame.angle_rad,
                                 {worker.filtered.data(), layout.rows, layout.columns});
      image.scale = scale_for(worker.filtered, job.scan_number);
      BufferPtr buffer = pool_->take(pixels * sizeof(std::uint16_t));
      const auto convert = [&] {
        return recon::halves_from_floats(worker.filtered, 1.0f / image.scale,
                                         {buffer->as<std::uint16_t>(), pixels});
      };
      auto clipped = convert();
      if (clipped > 0 && raise_scale(worker.filtered, job.scan_number, &image.scale))
        clipped = convert();
      image.pixels = std::move(buffer);
      if (clipped > 0) {
        std::lock_guard lock(mutex_);
        pixels_.clipped += clipped;
      }
    }
    if (!publish(job, image, counts)) continue;
    if (!job.refilter && feed_ != nullptr) show_thumbnail(job, *processor);
    return;
  }
}

// Half precision from the device, and in place for consumers that compute on it too. False when the
// device does not do that, and for frames that do not fit the scale, which then rises.
bool Pipeline::filter_on_card(const Job& job, const recon::Processor& processor,
                              const recon::ProcessedLayout& layout, FilteredImage& image,
                              recon::ProcessCounts& counts) {
  if (options_.store != recon::StoreType::half_precision) return false;
  float scale = 0;
  {
    std::lock_guard lock(mutex_);
    if (job.scan_number == scan_number_) scale = scale_;
  }
  if (scale == 0) return false;
  const recon::CardSharing* sharing = options_.backend->card_sharing();
  std::shared_ptr<recon::SharedImage> shared;
  if (sharing != nullptr && publication_.wanted_on_card()) {
    shared = sharing->take(layout.rows, layout.columns);
    if (shared == nullptr) ++not_shared_;
  }
  BufferPtr buffer =
      pool_->take(static_cast<std::size_t>(layout.rows) * layout.columns * sizeof(std::uint16_t));
  const auto half = processor.filter_half(
      job.frame.pixels->data(), job.frame.angle_rad, scale,
      {buffer->as<std::uint16_t>(), layout.rows, layout.columns}, shared.get());
  if (!half || half->clipped > 0) return false;
  image.scale = scale;
  image.pixels = std::move(buffer);
  image.on_card = std::move(shared);
  counts = half->counts;
  return true;
}

// True when the frame has been put aside, false when a newer epoch can deal with it.
bool Pipeline::cannot_filter(Job& job) {
  std::lock_guard lock(mutex_);
  if (job.epoch != epoch_) {
    if (job.refilter) return true;  // the new plan has this frame too
    job.epoch = epoch_;
    return false;
  }
  if (job.refilter) {
    refiltered_->drop(Drop::bad_header);
    finished(job);
    return true;
  }
  const bool no_flat = job.epoch && !job.epoch->obstacle().empty();
  const std::string& reason = no_flat ? job.epoch->obstacle() : problem_;
  if (log::every("projection-obstacle", 5)) spdlog::warn("projections wait: {}", reason);
  frames_->drop(no_flat ? Drop::no_flat : Drop::shed_by_policy);
  raw_.insert(std::move(job.frame), /*published=*/false);
  finished(job);
  return true;
}

// False when the epoch has changed meanwhile and the frame has to be filtered again.
bool Pipeline::publish(Job& job, FilteredImage& image, const recon::ProcessCounts& counts) {
  std::lock_guard lock(mutex_);
  if (job.epoch != epoch_) {
    if (job.refilter) return true;  // the new plan has this frame too
    job.epoch = epoch_;
    return false;
  }
  const auto matrix = matrices_->matrix(job.frame.id, job.frame.angle_rad, job.frame.matrix);
  const auto& ledger = job.refilter ? refiltered_ : frames_;
  if (!matrix) {
    if (log::every("projection-matrix", 5)) spdlog::warn("{}", matrix.error().message);
    ledger->drop(Drop::bad_header);
    finished(job);
    return true;
  }
  image.matrix = *matrix;
  publication_.projection(image);
  if (counts.edge_tapered) publication_.set_values_uncertain();
  ledger->finish();
  pixels_.clamped += counts.clamped;
  pixels_.zingers += counts.zingers;
  pixels_.interpolated += counts.interpolated;
  if (job.refilter)
    raw_.mark_published(job.frame.id);
  else
    raw_.insert(job.frame, /*published=*/true);
  finished(job);
  return true;
}

void Pipeline::finished(const Job& job) {
  if (!job.refilter) {
    --live_in_work_;
    return;
  }
  plan_.finished(job.epoch ? job.epoch->number : 0);
  if (plan_.take_ready()) publication_.epoch_ready();
}

// One power of two per scan, from the first filtered projection that is not empty.
float Pipeline::scale_for(std::span<const float> values, std::uint64_t scan_number) {
  {
    std::lock_guard lock(mutex_);
    if (scale_ > 0 || scan_number != scan_number_) return scale_ > 0 ? scale_ : 1.0f;
  }
  const float largest = largest_magnitude(values);
  std::lock_guard lock(mutex_);
  if (scale_ == 0 && largest > 0 && scan_number == scan_number_)
    scale_ = recon::half_scale_for(largest);
  return scale_ > 0 ? scale_ : 1.0f;
}

// A scan may begin with nearly empty projections (the first rays of a short scan, a shutter, a
// sample that moves in): when values outgrow the scale it rises, for this and all later
// projections. Every image carries its own scale, so those already sent stay right.
bool Pipeline::raise_scale(std::span<const float> values, std::uint64_t scan_number, float* scale) {
  constexpr float kLargestHalf = 65504;
  const float largest = largest_magnitude(values);
  if (!std::isfinite(largest) || largest <= kLargestHalf * *scale) return false;
  *scale = recon::half_scale_for(largest);
  std::lock_guard lock(mutex_);
  if (scan_number == scan_number_) scale_ = std::max(scale_, *scale);
  return true;
}

void Pipeline::show_thumbnail(const Job& job, const recon::Processor& processor) {
  const std::int64_t now = steady_now_ns();
  std::int64_t due = thumbnail_due_ns_.load();
  if (now < due || !feed_->wanted("thumbnail")) return;
  if (!thumbnail_due_ns_.compare_exchange_strong(due, now + kThumbnailIntervalNs)) return;
  const int rows = processor.line_rows(), columns = processor.line_columns();
  BufferPtr lines = pool_->take(static_cast<std::size_t>(rows) * columns * sizeof(float));
  processor.line_integrals(job.frame.pixels->data(), {lines->as<float>(), rows, columns});
  v1::FeedHeader header;
  v1::PixelFormat& format = *header.mutable_pixels();
  format.set_type(v1::FLOAT32);
  format.add_shape(static_cast<std::uint32_t>(rows));
  format.add_shape(static_cast<std::uint32_t>(columns));
  format.set_bytes(lines->size());
  v1::Thumbnail& thumbnail = *header.mutable_thumbnail();
  thumbnail.set_scan_id(job.epoch->spec().scan_id);
  thumbnail.set_id(job.frame.id);
  thumbnail.set_angle_rad(job.frame.angle_rad);
  thumbnail.set_acquired_ns(job.frame.acquired_ns);
  thumbnail.set_step("line_integrals");
  feed_->publish("thumbnail", std::move(header), std::move(lines));
  std::lock_guard lock(mutex_);
  thumbnail_of_ = {job.epoch->number, job.frame.id};
}

void Pipeline::show_newest() {
  if (feed_ == nullptr || !feed_->wanted("thumbnail")) return;
  Job job;
  {
    std::lock_guard lock(mutex_);
    const RawFrame* newest = raw_.newest();
    if (!epoch_ || newest == nullptr || !queue_.empty() || live_in_work_ > 0) return;
    if (thumbnail_of_ == std::pair(epoch_->number, newest->id)) return;
    job.frame = *newest;
    job.epoch = epoch_;
  }
  if (const auto processor = job.epoch->processor(job.frame.id, job.frame.angle_rad))
    show_thumbnail(job, *processor);
}

}  // namespace slicecast::projection
