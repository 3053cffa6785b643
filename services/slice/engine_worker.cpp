// What the engine's workers do: the most urgent work, one call of the backprojection at a time.
// Where the backend takes several pieces in one call, tiles of other slices of the same priority
// fill it up; a call stays short, so that a slice that is dragged waits for one at most.
#include <pthread.h>

#include <algorithm>

#include "services/slice/field_mask.h"
#include "services/slice/work.h"

namespace slicecast::slice {
namespace {

// Pieces of one call.
constexpr std::size_t kMostPieces = 64;

constexpr recon::Urgency urgency_of(Priority priority) {
  switch (priority) {
    case Priority::demand: return recon::Urgency::demand;
    case Priority::refresh: return recon::Urgency::refresh;
    case Priority::volume:
    case Priority::background: break;
  }
  return recon::Urgency::background;
}

}  // namespace

recon::Piece Engine::Part::piece() const {
  const geometry::PointGrid& grid = work->target.grid;
  recon::Piece piece;
  piece.grid = grid;
  piece.plane_begin = tile / work->tiles_per_plane * work->tile_planes;
  piece.plane_end = std::min(grid.planes, piece.plane_begin + work->tile_planes);
  piece.row_begin = tile % work->tiles_per_plane * work->tile_rows;
  piece.row_end = std::min(grid.rows, piece.row_begin + work->tile_rows);
  piece.terms = work->plan.terms;
  piece.out = work->sum->pixels->as<float>();
  piece.fresh = work->plan.rebuild;
  return piece;
}

void Engine::Part::copy_to_image() const {
  if (!work->image) return;
  const recon::Piece piece = this->piece();
  const std::size_t plane_pixels =
      static_cast<std::size_t>(piece.grid.rows) * static_cast<std::size_t>(piece.grid.columns);
  for (int plane = piece.plane_begin; plane < piece.plane_end; ++plane) {
    const std::size_t first = static_cast<std::size_t>(plane) * plane_pixels;
    copy_in_field(piece.grid, plane, piece.row_begin, piece.row_end, work->field, piece.out + first,
                  work->image->as<float>() + first);
  }
}

// `first`, and what else of its priority may share calls with it; what is not prepared yet is
// prepared together, so that it shares the next call.
std::vector<Engine::WorkPtr> Engine::together(const WorkPtr& first, std::int64_t now_ns) {
  std::vector<WorkPtr> works{first};
  if (first->on->backproject->updates_per_call() == 0) return works;
  for (auto& [key, target] : targets_) {
    if (works.size() == kMostPieces) break;
    std::int64_t ignored = 0;
    const Candidate found = candidate(*target, first->priority, now_ns, &ignored);
    if (!found || found.work == first) continue;
    const bool prepared = found.work && found.work->prepared;
    if (prepared == first->prepared) works.push_back(begin(*target, found, first->priority));
  }
  return works;
}

void Engine::prepare_all(const std::vector<WorkPtr>& works, std::unique_lock<std::mutex>& lock) {
  std::vector<WorkPtr> mine;
  for (const WorkPtr& work : works) {
    if (work->prepared) continue;
    work->preparing = true;
    work->begun_ns = options_.clock();
    mine.push_back(work);
  }
  lock.unlock();
  for (const WorkPtr& work : mine) prepare(*work);
  // Mip levels may have been made.
  const bool prepared = usable(*mine.front()->on->backend);
  lock.lock();
  if (!prepared) return;
  for (const WorkPtr& work : mine) {
    work->prepared = true;
    if (work->tiles > 1) signal();
    if (work->tiles == 0) finish(work, lock);
  }
}

// The next tiles of `works`, as many as one call should hold.
std::vector<Engine::Part> Engine::parts_of(const std::vector<WorkPtr>& works) {
  const std::size_t most = works.front()->on->backproject->updates_per_call();
  std::vector<Part> parts;
  std::size_t updates = 0;
  for (const WorkPtr& work : works) {
    while (work->prepared && work->next_tile < work->tiles && parts.size() < kMostPieces &&
           (parts.empty() || updates + work->tile_updates <= most)) {
      parts.push_back({work, work->next_tile++});
      updates += work->tile_updates;
    }
  }
  return parts;
}

void Engine::run_parts(const std::vector<Part>& parts, std::int64_t now_ns,
                       std::unique_lock<std::mutex>& lock) {
  const Priority priority = parts.front().work->priority;
  const Computing& on = *parts.front().work->on;
  lock.unlock();
  std::vector<recon::Piece> pieces;
  pieces.reserve(parts.size());
  for (const Part& part : parts) pieces.push_back(part.piece());
  on.backproject->accumulate_batch(pieces, urgency_of(priority));
  const bool done = usable(*on.backend);
  if (done)
    for (const Part& part : parts) part.copy_to_image();
  const std::int64_t end_ns = options_.clock();
  lock.lock();
  priorities_.account(priority, end_ns - now_ns, end_ns);
  if (!done) return;  // the work is forgotten with the device's store
  ++counts_.calls;
  counts_.pieces += parts.size();
  for (const Part& part : parts)
    if (++part.work->done_tiles == part.work->tiles) finish(part.work, lock);
}

void Engine::run_worker(std::stop_token stop, int index) {
  pthread_setname_np(pthread_self(), ("slice-work-" + std::to_string(index)).c_str());
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const std::int64_t now = options_.clock();
    std::int64_t wake_ns = 0;
    const WorkPtr work = next_work(now, &wake_ns);
    if (!work) {
      const std::int64_t wait = std::clamp<std::int64_t>(wake_ns - now, 100'000, 1'000'000'000);
      changed_.wait_for(lock, stop, std::chrono::nanoseconds(wait),
                        [this, seen = signals_] { return signals_ != seen; });
      continue;
    }
    const std::vector<WorkPtr> works = together(work, now);
    if (!work->prepared)
      prepare_all(works, lock);
    else
      run_parts(parts_of(works), now, lock);
  }
}

}  // namespace slicecast::slice
