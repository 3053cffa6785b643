// How the engine's work is chosen, cut and finished. Everything here that touches shared records
// runs under the engine's lock; planning runs without it.
#include <algorithm>
#include <array>

#include "services/slice/work.h"

namespace slicecast::slice {

namespace {

constexpr std::int64_t kFarAway = std::int64_t{1} << 62;

std::int64_t interval_ns(double hz) {
  return hz > 0 ? static_cast<std::int64_t>(1e9 / hz) : 0;
}

double pixel_of(const geometry::PointGrid& grid) {
  return std::max(geometry::norm(grid.step_column), geometry::norm(grid.step_row));
}

}  // namespace

Engine::WorkPtr Engine::make_work(TargetState& target, Priority priority, bool rebuild, bool side) {
  auto work = std::make_shared<Work>();
  work->target = target.target;
  work->priority = priority;
  work->rebuild = rebuild;
  work->side = side;
  work->snapshot = window_->snapshot();
  work->on = computing_;
  work->generation = stream_generation_;
  work->mip = mip_level(pixel_of(target.target.grid), stream_.pixel_at_axis_mm);
  work->field = stream_.field;
  highest_mip_ = std::max(highest_mip_, work->mip);
  const bool fresh = rebuild || side || !target.sum;
  work->sum = fresh ? std::make_shared<Sum>() : target.sum;
  work->rebuild = fresh;
  return work;
}

// What the target would do next, without doing it: the work it has, or the kind it should begin.
Engine::Candidate Engine::candidate(const TargetState& target, Priority priority,
                                    std::int64_t now_ns, std::int64_t* wake_ns) const {
  for (const WorkPtr& work : {target.work, target.side}) {
    if (!work || work->priority != priority) continue;
    if (!work->prepared ? !work->preparing : work->next_tile < work->tiles)
      return {.work = work, .begins = Begins::nothing};
  }
  if (target.work || !has_scan_) return {};
  const bool preview = target.target.kind == TargetKind::preview;
  const bool empty = window_->size() == 0;
  if (target.pose_changed && !preview) {
    // Without data only a request is answered: with an image that says that it has no projections.
    const bool request = target.target.kind == TargetKind::request;
    const Priority own =
        request && target.target.grid.planes > 1 ? Priority::volume : Priority::demand;
    if (priority != own || (empty && (!request || restoring_))) return {};
    return {.begins = Begins::pose};
  }
  if (empty || target.target.kind == TargetKind::request) return {};
  const Priority own = preview ? Priority::background : Priority::refresh;
  const bool new_data =
      !target.shown || target.shown_revision != window_->revision() || target.pose_changed;
  if (priority == own && new_data) {
    const bool at_once = !target.shown || target.pose_changed ||
                         target.geometry_revision != stream_.geometry_revision;
    const std::int64_t due =
        at_once ? now_ns : target.finished_ns + interval_ns(preview ? preview_hz_ : refresh_hz_);
    if (due <= now_ns) return {.begins = Begins::refresh};
    *wake_ns = std::min(*wake_ns, due);
    return {};
  }
  if (priority == Priority::background && !target.side && !new_data && rebuild_interval_s_ > 0 &&
      target.differences > 0) {
    const std::int64_t due =
        target.rebuilt_ns + static_cast<std::int64_t>(rebuild_interval_s_ * 1e9);
    if (due <= now_ns) return {.begins = Begins::side_rebuild};
    *wake_ns = std::min(*wake_ns, due);
  }
  return {};
}

Engine::WorkPtr Engine::begin(TargetState& target, const Candidate& chosen, Priority priority) {
  switch (chosen.begins) {
    case Begins::nothing: return chosen.work;
    case Begins::pose:
    case Begins::refresh:
      target.work = make_work(target, priority, target.pose_changed, false);
      target.pose_changed = false;
      return target.work;
    case Begins::side_rebuild:
      target.side = make_work(target, priority, true, true);
      return target.side;
  }
  return nullptr;
}

Engine::WorkPtr Engine::next_work(std::int64_t now_ns, std::int64_t* wake_ns) {
  *wake_ns = kFarAway;
  // Per priority the target that has waited longest; last: of the refreshes those overdue.
  struct Best {
    TargetState* target = nullptr;
    Candidate candidate;
  };
  std::array<Best, kPriorities + 1> best;
  for (auto& [key, target] : targets_) {
    for (std::size_t p = 0; p < kPriorities; ++p) {
      const auto priority = static_cast<Priority>(p);
      const Candidate found = candidate(*target, priority, now_ns, wake_ns);
      if (!found) continue;
      const auto prefer = [&](Best& holder) {
        if (holder.target == nullptr || target->finished_ns < holder.target->finished_ns)
          holder = {target.get(), found};
      };
      prefer(best[p]);
      const bool overdue =
          target->data_since_ns != 0 &&
          now_ns - std::max(target->data_since_ns, target->finished_ns) > Priorities::kOverdueNs;
      if (priority == Priority::refresh && overdue) prefer(best.back());
    }
  }
  const auto waits = [&](Priority priority) {
    return best[static_cast<std::size_t>(priority)].target != nullptr;
  };
  const bool late = best.back().target != nullptr;
  const auto choice = priorities_.choose({.demand = waits(Priority::demand),
                                          .refresh = waits(Priority::refresh),
                                          .volume = waits(Priority::volume),
                                          .background = waits(Priority::background),
                                          .refresh_overdue = late});
  if (!choice) return nullptr;
  const Best& chosen =
      *choice == Priority::refresh && late ? best.back() : best[static_cast<std::size_t>(*choice)];
  return begin(*chosen.target, chosen.candidate, *choice);
}

void Engine::prepare(Work& work) {
  work.plan = plan_refresh(work.sum->held, *work.snapshot, work.mip, work.rebuild);
  const geometry::PointGrid& grid = work.target.grid;
  const std::size_t bytes = sizeof(float) * static_cast<std::size_t>(grid.planes) *
                            static_cast<std::size_t>(grid.rows) *
                            static_cast<std::size_t>(grid.columns);
  if (!work.sum->pixels) work.sum->pixels = pool_->take(bytes);
  if (!work.side) work.image = pool_->take(bytes);
  const std::size_t terms = std::max<std::size_t>(work.plan.terms.size(), 1);
  const recon::Backproject& backproject = *work.on->backproject;
  work.tile_rows = std::clamp(backproject.tile_rows(grid, terms), 1, std::max(grid.rows, 1));
  work.tiles_per_plane = (grid.rows + work.tile_rows - 1) / work.tile_rows;
  const int planes = work.tiles_per_plane == 1 ? backproject.tile_planes(grid, terms) : 1;
  work.tile_planes = std::clamp(planes, 1, std::max(grid.planes, 1));
  work.tiles = work.tiles_per_plane * ((grid.planes + work.tile_planes - 1) / work.tile_planes);
  work.tile_updates = terms * static_cast<std::size_t>(work.tile_planes) *
                      static_cast<std::size_t>(work.tile_rows) *
                      static_cast<std::size_t>(grid.columns);
}

void Engine::finish(const WorkPtr& work, std::unique_lock<std::mutex>& lock) {
  const std::int64_t now = options_.clock();
  const auto found = targets_.find(work->target.key);
  if (found == targets_.end()) return;
  TargetState& target = *found->second;
  const bool mine = target.work == work || target.side == work;
  if (!mine || work->cancelled || work->generation != stream_generation_) {
    if (target.work == work) target.work.reset();
    if (target.side == work) target.side.reset();
    return;
  }
  work->sum->held = work->snapshot->entries;
  if (work->side) {
    target.side.reset();
    if (target.work == nullptr && target.sum_revision == work->target.pose_revision) {
      target.sum = work->sum;
      target.rebuilt_ns = now;
      target.differences = 0;
      target.shown_revision = 0;  // brings it up to date, and shows what was gained
      ++counts_.rebuilds;
    }
    return;
  }
  target.work.reset();
  target.sum = work->sum;
  target.sum_revision = work->target.pose_revision;
  target.shown = true;
  target.shown_revision = work->snapshot->revision;
  target.geometry_revision = work->snapshot->geometry_revision;
  target.finished_ns = now;
  if (target.shown_revision == window_->revision()) target.data_since_ns = 0;
  if (work->plan.rebuild) {
    target.rebuilt_ns = now;
    target.differences = 0;
    ++counts_.rebuilds;
  } else {
    ++target.differences;
    ++counts_.differences;
  }
  const geometry::PointGrid& grid = work->target.grid;
  counts_.updates += static_cast<std::uint64_t>(work->plan.terms.size()) *
                     static_cast<std::uint64_t>(grid.planes) *
                     static_cast<std::uint64_t>(grid.rows) *
                     static_cast<std::uint64_t>(grid.columns);
  ++counts_.images;
  Image image;
  image.target = work->target;
  image.snapshot = work->snapshot;
  image.pixels = std::move(work->image);
  image.scan_id = stream_.scan_id;
  image.field = work->field;
  image.version = ++version_;
  image.stale = link_stale_ || target.pose_changed ||
                work->snapshot->geometry_revision != stream_.geometry_revision;
  image.rebuilt = work->plan.rebuild;
  image.pixel_size_known = stream_.pixel_size_known;
  image.values_uncertain = stream_.values_uncertain;
  image.reconstruction_ms = static_cast<double>(now - work->begun_ns) * 1e-6;
  if (work->target.kind == TargetKind::request) targets_.erase(found);
  lock.unlock();
  publish_(std::move(image));
  lock.lock();
}

}  // namespace slicecast::slice
