// The engine's inner records: one sum per target, one unit of work cut into tiles.
#pragma once

#include <string>
#include <vector>

#include "services/slice/engine.h"
#include "services/slice/plan.h"

namespace slicecast::slice {

// Accumulators of one target and the entries that are in them.
struct Engine::Sum {
  BufferPtr pixels;
  std::vector<EntryPtr> held;
};

struct Engine::Work {
  Target target;
  Priority priority = Priority::refresh;
  bool rebuild = false;  // asked for; the plan may decide so as well
  bool side = false;     // refines a sum off to the side; publishes nothing
  SnapshotPtr snapshot;
  ComputingPtr on;
  std::shared_ptr<Sum> sum;
  std::uint64_t generation = 0;  // of the stream
  int mip = 0;
  geometry::FieldOfView field;
  RefreshPlan plan;
  BufferPtr image;
  int tile_rows = 1, tile_planes = 1, tiles_per_plane = 1, tiles = 0;
  std::size_t tile_updates = 0;  // of a whole tile
  int next_tile = 0, done_tiles = 0;
  bool prepared = false, preparing = false, cancelled = false;
  std::int64_t begun_ns = 0;
};

// One tile in a call of the backprojection.
struct Engine::Part {
  WorkPtr work;
  int tile = 0;
  recon::Piece piece() const;
  void copy_to_image() const;
};

enum class Begins : std::uint8_t { nothing, pose, refresh, side_rebuild };

// Work under way with tiles left, or what could begin.
struct Engine::Candidate {
  WorkPtr work;
  Begins begins = Begins::nothing;
  explicit operator bool() const { return work || begins != Begins::nothing; }
};

struct Engine::TargetState {
  Target target;             // newest pose
  std::shared_ptr<Sum> sum;  // of `sum_revision`; null until the first image
  std::uint64_t sum_revision = 0;
  std::uint64_t shown_revision = 0;  // window revision of the last image
  std::uint64_t geometry_revision = 0;
  bool shown = false;  // an image of the present pose and stream was published
  bool pose_changed = false;
  std::int64_t finished_ns = 0;    // last image
  std::int64_t data_since_ns = 0;  // new data has been waiting since; 0: none
  std::int64_t rebuilt_ns = 0;
  std::uint64_t differences = 0;  // since the last rebuild
  WorkPtr work;                   // demand or refresh
  WorkPtr side;                   // rebuild at the side
};

}  // namespace slicecast::slice
