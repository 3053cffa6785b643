// What arrives: scans, calibration frames, projections.
#include "services/projection/pipeline.h"

#include <algorithm>
#include <utility>

#include "common/ingest/geometry_proto.h"
#include "common/log/log.h"
#include "services/projection/geometry_facts.h"

namespace slicecast::projection {
namespace {

using metrics::Drop;

// So many repeats in a row are no accident: the sender counts from the beginning again.
constexpr std::uint64_t kRepeatsOfRestart = 32;
// Of a ring joined late, windows before its end that are filtered: frames of one window may be
// shuffled.
constexpr std::uint64_t kWindowsOnJoining = 2, kMessagesOnJoining = 16;

// The scan that frames say they belong to is named in the log at most once in five seconds.
void log_foreign(const std::string& scan_id) {
  if (log::every("projection-wrong-scan", 5))
    spdlog::warn("frames of scan '{}' are dropped: it has not been announced or is over", scan_id);
}

}  // namespace

Pipeline::Pipeline(PipelineOptions options, config::Settings settings, wire::BulkProducer& producer,
                   wire::FeedProducer* feed, std::shared_ptr<metrics::Ledger> frames,
                   std::shared_ptr<metrics::Ledger> refiltered)
    : options_(std::move(options)),
      feed_(feed),
      frames_(std::move(frames)),
      refiltered_(std::move(refiltered)),
      pool_(BufferPool::create(options_.memory.pool)),
      configured_(settings),
      settings_(std::move(settings)),
      publication_(producer),
      raw_(options_.memory.raw),
      account_(0) {
  for (unsigned i = 0; i < std::max(1u, options_.threads); ++i)
    workers_.emplace_back([this, i](std::stop_token stop) { work(stop, i); });
}

Pipeline::~Pipeline() {
  stop();
}

void Pipeline::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_there_.notify_all();
  work_done_.notify_all();
  for (auto& worker : workers_) worker.request_stop();
  for (auto& worker : workers_)
    if (worker.joinable()) worker.join();
}

void Pipeline::accept(ingest::Event event) {
  if (auto* started = std::get_if<ingest::ScanStarted>(&event)) return begin_scan(started->scan);
  if (auto* ended = std::get_if<ingest::ScanEnded>(&event)) return end_scan(*ended);
  take_frame(std::get<ingest::FrameArrived>(std::move(event)));
}

void Pipeline::begin_scan(const ingest::ScanInfo& info) {
  drain_live();
  std::lock_guard change(change_mutex_);
  auto scan = std::make_shared<Scan>(Scan{info});
  scan->info.geometry = with_angle_table(std::move(scan->info.geometry));
  if (!calibration_.begin_scan(scan->info.geometry))
    spdlog::warn(
        "the darks and flats kept are of another size than scan '{}' ({} x {}); they are "
        "dropped, send new ones",
        info.scan_id, geometry::upright_rows(info.geometry),
        geometry::upright_columns(info.geometry));
  ring_.reset();
  {
    std::lock_guard lock(mutex_);
    note_calibration();
    scan_ = std::move(scan);
    ++scan_number_;
    scan_ended_ = false;
    raw_.clear();
    scale_ = 0;
    last_angle_rad_ = 0;
    repeats_in_a_row_ = 0;
    account_ = FrameAccount(options_.reorder_window);
    frames_->set_missing(0, 0);
  }
  ++state_revision_;
  spdlog::info("scan '{}': {} x {} {}, {}", info.scan_id, info.geometry.rows, info.geometry.columns,
               to_string(info.pixel_type),
               info.projections > 0 ? std::to_string(info.projections) + " projections"
                                    : std::string("no announced end"));
  open_epoch(/*clear=*/true);
}

void Pipeline::end_scan(const ingest::ScanEnded& end) {
  {
    std::lock_guard lock(mutex_);
    if (!scan_ || scan_->info.scan_id != end.scan_id || scan_ended_) return;
  }
  drain_live();
  // Flats that come after the projections serve a scan that has none before.
  const bool waiting_for_flats = [&] {
    std::lock_guard lock(mutex_);
    return !epoch_ || !epoch_->obstacle().empty();
  }();
  if (waiting_for_flats && calibration_.batch_open()) calibrate();
  std::lock_guard lock(mutex_);
  scan_ended_ = true;
  // "Sent" counts repeats and leaves out losses on purpose: no bound of ids where more is known.
  const std::uint64_t announced = scan_->info.projections;
  account_.end(announced > 0 ? std::min(end.projections, announced) : end.projections);
  frames_->set_missing(account_.expected(), account_.missing());
  publication_.end_scan();
}

void Pipeline::take_frame(ingest::FrameArrived frame) {
  std::shared_ptr<const Scan> scan;
  {
    std::lock_guard lock(mutex_);
    scan = scan_;
  }
  if (!scan || frame.scan_id != scan->info.scan_id) {
    frames_->drop(Drop::wrong_scan);
    log_foreign(frame.scan_id);
    return;
  }
  const auto& info = scan->info;
  const std::size_t bytes = static_cast<std::size_t>(std::max(frame.rows, 0)) *
                            std::max(frame.columns, 0) * size_of(info.pixel_type);
  if (frame.type != info.pixel_type || frame.rows != info.geometry.rows ||
      frame.columns != info.geometry.columns || !frame.pixels || frame.pixels->size() != bytes) {
    frames_->drop(Drop::bad_size);
    if (log::every("projection-bad-size", 5))
      spdlog::warn("a {} frame of {} x {} {} is dropped: scan '{}' announced {} x {} {}",
                   ingest::to_string(frame.kind), frame.rows, frame.columns, to_string(frame.type),
                   info.scan_id, info.geometry.rows, info.geometry.columns,
                   to_string(info.pixel_type));
    return;
  }
  if (frame.kind == ingest::FrameKind::projection)
    take_projection(std::move(frame));
  else
    take_calibration(frame);
}

void Pipeline::take_calibration(const ingest::FrameArrived& frame) {
  // Only this thread touches the open batch; `change_mutex_` guards the set that it will replace.
  calibration_.add(frame.kind, frame.pixels->data(), frame.type);
  frames_->finish();
}

void Pipeline::take_projection(ingest::FrameArrived frame) {
  RawFrame raw{.id = frame.id,
               .matrix = frame.matrix,
               .acquired_ns = frame.acquired_ns,
               .pixels = std::move(frame.pixels)};
  std::unique_lock lock(mutex_);
  auto verdict = account_.arrive(frame.id);
  if (sender_began_again(verdict)) {
    const ingest::ScanInfo info = scan_->info;
    lock.unlock();
    spdlog::info("scan '{}' is being sent from the beginning again", info.scan_id);
    begin_scan(info);
    lock.lock();
    verdict = account_.arrive(frame.id);
  }
  frames_->set_missing(account_.expected(), account_.missing());
  switch (verdict) {
    case FrameAccount::Verdict::duplicate: frames_->drop(Drop::duplicate); return;
    case FrameAccount::Verdict::forgotten: frames_->drop(Drop::late); return;
    case FrameAccount::Verdict::implausible:
      frames_->drop(Drop::bad_header);
      if (log::every("projection-leap", 5))
        spdlog::warn("projection {} follows {}: dropped as implausible", frame.id,
                     account_.newest());
      return;
    default: break;
  }
  if (frame.angle_rad) {
    raw.angle_rad = *frame.angle_rad;
  } else {
    const auto angle = angle_of_frame(scan_->info.geometry, raw.id, raw.matrix, last_angle_rad_);
    if (!angle) {
      frames_->drop(Drop::bad_header);
      if (log::every("projection-angle", 5)) spdlog::warn("{}", angle.error().message);
      return;
    }
    raw.angle_rad = *angle;
  }
  last_angle_rad_ = raw.angle_rad;
  const bool skip = outdated(frame);
  if (skip) ++skipped_;
  const std::uint64_t to_tell = skip ? 0 : skipped_ - std::exchange(skipped_told_, skipped_);
  lock.unlock();
  if (to_tell > 0)
    spdlog::info(
        "{} projections that the source still had are older than the window needs; they "
        "are skipped",
        to_tell);
  if (calibration_.batch_open()) calibrate();
  if (skip) return frames_->finish();  // no loss: the window would not hold it
  enqueue(std::move(raw));
}

// Whoever joins late finds far more in the source's ring than one window; to filter it all would
// only push the slice server off ours.
bool Pipeline::outdated(const ingest::FrameArrived& frame) const {
  if (frame.newer == 0 || !epoch_) return false;
  return frame.newer > kWindowsOnJoining * epoch_->spec().window.group_size + kMessagesOnJoining;
}

bool Pipeline::sender_began_again(FrameAccount::Verdict verdict) {
  const bool repeat =
      verdict == FrameAccount::Verdict::duplicate || verdict == FrameAccount::Verdict::forgotten;
  repeats_in_a_row_ = repeat ? repeats_in_a_row_ + 1 : 0;
  return repeats_in_a_row_ >= kRepeatsOfRestart;
}

bool Pipeline::enqueue(RawFrame frame) {
  const auto full = [&] {
    return queue_.size() >= options_.queue_frames ||
           (queue_.size() >= 2 && queue_bytes_ + frame.bytes() > options_.memory.queue);
  };
  std::unique_lock lock(mutex_);
  if (options_.wait_when_full) work_done_.wait(lock, [&] { return stopping_ || !full(); });
  while (!stopping_ && full()) {
    queue_bytes_ -= queue_.front().bytes();
    queue_.pop_front();
    frames_->drop(Drop::queue_full);
  }
  if (stopping_) {
    frames_->drop(Drop::shed_by_policy);
    return false;
  }
  queue_bytes_ += frame.bytes();
  queue_.push_back(std::move(frame));
  lock.unlock();
  work_there_.notify_one();
  return true;
}

// Bounded: workers always advance and nobody else fills the queue.
void Pipeline::drain_live() {
  std::unique_lock lock(mutex_);
  work_done_.wait(lock, [&] { return stopping_ || (queue_.empty() && live_in_work_ == 0); });
}

void Pipeline::calibrate() {
  std::lock_guard change(change_mutex_);
  if (!calibration_.complete_batch()) return;
  ring_.reset();  // made from the old flats
  ++state_revision_;
  {
    std::lock_guard lock(mutex_);
    note_calibration();
  }
  const auto& set = calibration_.set();
  spdlog::info("correcting with {} darks and {} flats from here on", set.dark_count,
               set.flat_count);
  open_epoch(/*clear=*/false);
}

bool Pipeline::wait_settled(std::chrono::milliseconds deadline) {
  std::unique_lock lock(mutex_);
  return work_done_.wait_for(lock, deadline, [&] {
    return queue_.empty() && live_in_work_ == 0 && plan_.remaining() == 0;
  });
}

void Pipeline::tidy() {
  std::lock_guard lock(mutex_);
  publication_.tidy();
}

PipelineStatus Pipeline::status() const {
  PipelineStatus status;
  std::lock_guard lock(mutex_);
  status.darks = darks_;
  status.flats = flats_;
  if (scan_) status.scan_id = scan_->info.scan_id;
  status.scan_ended = scan_ended_;
  status.epoch = epoch_number_;
  status.geometry_revision = publication_.geometry_revision();
  if (epoch_) {
    status.window = epoch_->spec().window;
    if (geometry_.vectors.empty()) status.axis_column = geometry::axis_column(geometry_);
    status.geometry = geometry_facts(geometry_);
  }
  status.problem = problem_.empty() && epoch_ ? epoch_->obstacle() : problem_;
  status.queued = queue_.size();
  status.refilter_remaining = plan_.remaining();
  status.late = account_.late();
  status.skipped = skipped_;
  status.raw_frames = raw_.size();
  status.raw_bytes = raw_.bytes();
  status.ring_projections = publication_.held();
  status.scale = scale_;
  status.not_shared = not_shared_.load();
  status.pixels = pixels_;
  return status;
}

WindowView Pipeline::window_view() const {
  WindowView view;
  std::lock_guard lock(mutex_);
  if (!epoch_ || !epoch_->obstacle().empty()) return view;
  view.epoch = epoch_;
  view.geometry = geometry_;
  view.ids = raw_.newest_first();
  view.full = scan_ended_ || !raw_.whole() || view.ids.size() >= epoch_->spec().window.group_size;
  return view;
}

std::optional<RawFrame> Pipeline::raw_frame(std::uint64_t id) const {
  std::lock_guard lock(mutex_);
  const RawFrame* frame = raw_.find(id);
  if (frame == nullptr) return std::nullopt;
  return *frame;
}

SavedState Pipeline::state_to_save() const {
  SavedState state;
  std::lock_guard change(change_mutex_);
  state.calibration = calibration_.set();
  for (const auto& option : settings_.schema()) {
    const auto& configured = configured_.value(option.name);
    const auto& live = settings_.value(option.name);
    if (option.live && live != configured) state.parameters[option.name] = {configured, live};
  }
  std::lock_guard lock(mutex_);
  if (scan_) state.scan = ingest::to_proto(scan_->info);
  return state;
}

void Pipeline::restore(const SavedState& state) {
  std::lock_guard change(change_mutex_);
  calibration_.restore(state.calibration);
  std::lock_guard lock(mutex_);
  note_calibration();
}

void Pipeline::note_calibration() {
  darks_ = calibration_.set().dark_count;
  flats_ = calibration_.set().flat_count;
}

std::shared_ptr<const recon::FloatImage> Pipeline::rings() const {
  std::lock_guard change(change_mutex_);
  return ring_;
}

}  // namespace slicecast::projection
