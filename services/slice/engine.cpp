#include "services/slice/engine.h"

#include <algorithm>

#include "services/slice/work.h"

namespace slicecast::slice {
namespace {

std::size_t point_count(const geometry::PointGrid& grid) {
  return static_cast<std::size_t>(grid.planes) * static_cast<std::size_t>(grid.rows) *
         static_cast<std::size_t>(grid.columns);
}

}  // namespace

Engine::Engine(EngineOptions options, Publish publish)
    : options_(options),
      publish_(std::move(publish)),
      account_(std::make_shared<std::atomic<std::size_t>>(0)),
      pool_(BufferPool::create(options.memory_bytes / 16)),
      computing_(computing_on(*options.backend)),
      refresh_hz_(options.refresh_hz),
      preview_hz_(options.preview_hz),
      rebuild_interval_s_(options.rebuild_interval_s),
      preview_size_(options.preview_size),
      window_(std::make_unique<Window>(WindowRules{})) {
  for (int i = 0; i < std::max(options.threads, 1); ++i)
    workers_.emplace_back([this, i](std::stop_token stop) { run_worker(stop, i); });
}

Engine::~Engine() {
  for (auto& worker : workers_) worker.request_stop();
  workers_.clear();
}

void Engine::signal() {
  ++signals_;
  changed_.notify_all();
}

void Engine::note_new_data() {
  const std::int64_t now = options_.clock();
  for (auto& [key, target] : targets_)
    if (target->data_since_ns == 0) target->data_since_ns = now;
  signal();
}

// The images on show belong to something that is over: whatever comes next is made from nothing.
void Engine::forget_images() {
  ++stream_generation_;
  for (auto& [key, target] : targets_) {
    if (target->work) target->work->cancelled = true;
    if (target->side) target->side->cancelled = true;
    // A request that was being worked on is begun again.
    if (target->work && target->target.kind == TargetKind::request) target->pose_changed = true;
    target->work.reset();
    target->side.reset();
    target->sum.reset();
    target->shown = false;
    target->data_since_ns = 0;
  }
}

void Engine::start(const StreamStart& start) {
  std::lock_guard lock(mutex_);
  const bool same_stream = has_scan_ && !start.new_stream && start.scan_id == stream_.scan_id;
  const bool same_rules = start.rules.mode == stream_.rules.mode &&
                          start.rules.period_rad == stream_.rules.period_rad &&
                          start.rules.cyclic == stream_.rules.cyclic &&
                          start.rules.group_size == stream_.rules.group_size;
  if (!same_stream || (!same_rules && !start.refilter)) {
    window_ = std::make_unique<Window>(start.rules, window_->revision());
    incoming_.reset();
    restoring_ = false;
    forget_images();
  } else if (start.refilter) {
    // The window follows again: what is on show stays until it is complete.
    incoming_ = std::make_unique<Window>(start.rules, window_->revision());
  } else if (!restoring_) {
    // No room for raw frames up there: epochs mix until the window has turned over.
    incoming_.reset();
  }
  const bool moved = stream_.pixel_at_axis_mm != start.pixel_at_axis_mm ||
                     stream_.field.radius_mm != start.field.radius_mm ||
                     stream_.field.z_min_mm != start.field.z_min_mm ||
                     stream_.field.z_max_mm != start.field.z_max_mm;
  stream_ = start;
  has_scan_ = true;
  link_stale_ = false;
  if (moved || !same_stream) place_preview();
  signal();
}

Inserted Engine::add(Entry entry, recon::StoredImagePtr image, const recon::Backend* maker) {
  const recon::Backend& made_by = maker != nullptr ? *maker : backend();
  if (!image) {
    usable(made_by);
    return Inserted::failed;
  }
  auto pyramid = std::make_shared<const Pyramid>(made_by, std::move(image), account_);
  int highest = 0;
  {
    std::lock_guard lock(mutex_);
    highest = highest_mip_;
  }
  if (highest > 0) pyramid->level(highest, nullptr);  // here rather than on a worker
  if (!usable(made_by)) return Inserted::failed;
  const std::size_t entry_bytes = pyramid->bytes();
  entry.pixels = std::move(pyramid);
  std::lock_guard lock(mutex_);
  if (computing_->backend != &made_by) return Inserted::failed;
  const bool has_room = make_room(entry_bytes);
  const bool follows = incoming_ && (restoring_ || entry.epoch >= stream_.epoch);
  Window& window = follows ? *incoming_ : *window_;
  const std::size_t thinned = window.thinned();
  const Inserted inserted = has_room ? window.add(std::move(entry)) : Inserted::shed;
  counts_.thinned += window.thinned() - thinned;
  if (inserted == Inserted::shed) ++counts_.shed;
  if (inserted == Inserted::late) ++counts_.late;
  if (inserted == Inserted::duplicate) ++counts_.duplicate;
  if (inserted != Inserted::added && inserted != Inserted::replaced) return inserted;
  ++counts_.projections;
  // EpochReady fell off the ring, or the stream outran it: complete is complete.
  if (incoming_ && incoming_->is_full() && incoming_->size() >= window_->size()) adopt_incoming();
  if (!incoming_) note_new_data();
  return inserted;
}

void Engine::epoch_ready(std::uint64_t epoch) {
  std::lock_guard lock(mutex_);
  if (incoming_ && epoch >= stream_.epoch) adopt_incoming();
}

void Engine::adopt_incoming() {
  window_ = std::move(incoming_);
  restoring_ = false;
  for (auto& [key, target] : targets_) target->shown = false;  // rebuilt at once
  note_new_data();
}

// Sum, image, and the image that the feed still holds.
std::size_t Engine::target_bytes() const {
  std::lock_guard lock(mutex_);
  return target_bytes_;
}

void Engine::count_target_bytes() {
  target_bytes_ = 0;
  for (const auto& [key, target] : targets_)
    target_bytes_ += 3 * sizeof(float) * point_count(target->target.grid);
}

// At least an eighth, so that many large slices thin the window out rather than empty it. A device
// holds projections alone.
std::size_t Engine::store_budget() const {
  if (const std::size_t limit = computing_->backend->store_limit(); limit > 0) return limit;
  const std::size_t total = options_.memory_bytes;
  return std::max(total / 8, total - std::min(total, target_bytes_));
}

// Whether another projection may come in. The window that grows is told how many it may hold. Over
// budget all the same, slices let go of entries that only they still hold, and a refiltered window
// replaces the old one early when both do not fit. What is pinned by sums under way comes free when
// they are done.
bool Engine::make_room(std::size_t entry_bytes) {
  const std::size_t budget = store_budget();
  // A quarter stays free for what sums under way still pin.
  const std::size_t most = budget / 4 * 3 / std::max<std::size_t>(entry_bytes, 1);
  Window& growing = incoming_ ? *incoming_ : *window_;
  const std::size_t thinned = growing.thinned();
  growing.set_limit(most);
  counts_.thinned += growing.thinned() - thinned;
  if (account_->load() <= budget) return true;
  for (auto& [key, target] : targets_)
    if (!target->work && target->shown_revision != window_->revision()) target->sum.reset();
  if (incoming_ && window_->size() + incoming_->size() >= most) adopt_incoming();
  return account_->load() <= budget;
}

void Engine::update_geometry(std::uint64_t revision, const geometry::FieldOfView& field,
                             std::span<const std::uint64_t> ids,
                             std::span<const geometry::Matrix34> matrices, double weight_factor) {
  std::lock_guard lock(mutex_);
  stream_.geometry_revision = revision;
  stream_.field = field;
  window_->set_matrices(revision, ids, matrices, weight_factor);
  if (incoming_) incoming_->set_matrices(revision, ids, matrices, weight_factor);
  note_new_data();
}

void Engine::end() {
  std::lock_guard lock(mutex_);
  window_->end();
  if (incoming_) incoming_->end();
  note_new_data();
}

void Engine::set_link_stale(bool stale) {
  std::lock_guard lock(mutex_);
  link_stale_ = stale;
}

void Engine::set_target(const Target& wanted) {
  std::lock_guard lock(mutex_);
  auto& target = targets_[wanted.key];
  if (!target) target = std::make_unique<TargetState>();
  target->target = wanted;
  target->pose_changed = true;
  count_target_bytes();
  // A refresh of the old pose is of no use any more; an on-demand image that is under way is
  // finished, so that a slice that is dragged faster than it computes still shows where it has
  // been.
  if (target->work && target->work->priority != Priority::demand) {
    target->work->cancelled = true;
    target->work.reset();
    target->sum.reset();
  }
  if (target->side) {
    target->side->cancelled = true;
    target->side.reset();
  }
  signal();
}

void Engine::remove_target(const std::string& key) {
  std::lock_guard lock(mutex_);
  targets_.erase(key);
  count_target_bytes();
}

void Engine::set_rates(double refresh_hz, double preview_hz, double rebuild_interval_s) {
  std::lock_guard lock(mutex_);
  refresh_hz_ = refresh_hz;
  preview_hz_ = preview_hz;
  rebuild_interval_s_ = rebuild_interval_s;
  signal();
}

void Engine::set_preview(int size) {
  std::lock_guard lock(mutex_);
  preview_size_ = size;
  place_preview();
  signal();
}

// A cube of voxels about the axis that holds the whole field of view.
void Engine::place_preview() {
  targets_.erase("preview");
  if (preview_size_ <= 0 || !has_scan_) return;
  const geometry::FieldOfView& field = stream_.field;
  const double edge = std::max(2 * field.radius_mm, field.z_max_mm - field.z_min_mm);
  if (!(edge > 0)) return;
  const double voxel = edge / preview_size_;
  double middle = 0.5 * (field.z_min_mm + field.z_max_mm);
  // A detector of a few rows sees less than a voxel of height: one plane goes through its middle.
  if (field.z_max_mm - field.z_min_mm < 2 * voxel && preview_size_ % 2 == 0) middle += 0.5 * voxel;
  auto target = std::make_unique<TargetState>();
  target->target.key = "preview";
  target->target.kind = TargetKind::preview;
  target->target.pose_revision = ++signals_;
  target->target.grid =
      geometry::volume_grid(preview_size_, preview_size_, preview_size_, voxel, {0, 0, middle});
  target->pose_changed = true;
  targets_["preview"] = std::move(target);
  count_target_bytes();
}

EngineCounts Engine::counts() const {
  std::lock_guard lock(mutex_);
  return counts_;
}

std::size_t Engine::window_size() const {
  std::lock_guard lock(mutex_);
  return window_->size();
}

bool Engine::has_scan() const {
  std::lock_guard lock(mutex_);
  return has_scan_;
}

std::string Engine::scan_id() const {
  std::lock_guard lock(mutex_);
  return stream_.scan_id;
}

geometry::FieldOfView Engine::field() const {
  std::lock_guard lock(mutex_);
  return stream_.field;
}

bool Engine::busy() const {
  std::lock_guard lock(mutex_);
  if (!has_scan_ || window_->size() == 0) return incoming_ != nullptr;
  return incoming_ != nullptr ||
         std::any_of(targets_.begin(), targets_.end(), [this](const auto& item) {
           const TargetState& target = *item.second;
           return target.work || target.pose_changed || !target.shown ||
                  target.shown_revision != window_->revision();
         });
}

}  // namespace slicecast::slice
