// The reconstruction engine of the slice server, without any link: filtered projections and poses
// go in on any thread, images come out on the engine's worker threads. Work is cut into tiles of
// about a millisecond; between tiles the most urgent one is chosen anew.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "common/base/buffer.h"
#include "common/base/clock.h"
#include "common/base/image_view.h"
#include "common/geometry/plane.h"
#include "common/geometry/scan_geometry.h"
#include "common/recon/backend.h"
#include "services/slice/priorities.h"
#include "services/slice/window.h"

namespace slicecast::slice {

struct EngineOptions {
  const recon::Backend* backend = nullptr;
  // What to go on with when the backend has failed; on the thread that met it, no lock held,
  // possibly on several. None: there are no more images.
  std::function<const recon::Backend&(const recon::Backend& failed)> replacement;
  // Once after each replacement: what follows is the whole window, from its oldest projection.
  std::function<void()> ask_again;
  recon::StoreType store = recon::StoreType::half_precision;
  // Projections with their mip levels, sums and images; what the targets need is taken off first.
  std::size_t memory_bytes = std::size_t{2} << 30;
  int threads = 2;
  double refresh_hz = 30;  // at most, per slice
  double preview_hz = 4;
  int preview_size = 128;          // voxels per edge; 0: off
  double rebuild_interval_s = 20;  // at the side; 0: never
  // By which intervals, shares and delays are measured, in ns; any thread, rising.
  std::int64_t (*clock)() = steady_now_ns;
};

// What a stream of filtered projections is about; from FilteredStart.
struct StreamStart {
  std::string scan_id;
  std::uint64_t epoch = 0;
  std::uint64_t geometry_revision = 0;
  WindowRules rules;
  geometry::FieldOfView field;
  bool pixel_size_known = true;
  double pixel_at_axis_mm = 1;
  bool refilter = false;  // the window follows again under this epoch, then epoch_ready()
  bool values_uncertain = false;
  bool new_stream = false;  // another producer instance: nothing held is comparable
};

enum class TargetKind : std::uint8_t { slice, preview, request };

struct Target {
  std::string key;  // feed key: "slice/<id>", "preview", "request/..."
  TargetKind kind = TargetKind::slice;
  geometry::PointGrid grid;
  std::uint64_t pose_revision = 0;
};

// One finished image: [planes][rows][columns] floats, 0 outside the field of view.
struct Image {
  Target target;
  SnapshotPtr snapshot;
  BufferPtr pixels;
  std::string scan_id;
  geometry::FieldOfView field;
  std::uint64_t version = 0;  // rises per engine
  bool stale = false;         // a newer pose, geometry or stream is known
  bool rebuilt = false;
  bool pixel_size_known = true;
  bool values_uncertain = false;
  double reconstruction_ms = 0;  // from the first tile begun to the last one done
};

struct EngineCounts {
  std::uint64_t projections = 0, late = 0, duplicate = 0, wrong_scan = 0;
  std::uint64_t shed = 0;     // left out because the store may not hold more
  std::uint64_t thinned = 0;  // taken in, and put out early to make room for others
  std::uint64_t images = 0, rebuilds = 0, differences = 0, updates = 0;  // voxel updates
  std::uint64_t calls = 0, pieces = 0;  // of the backprojection; several pieces make a batch
};

class Engine {
 public:
  using Publish = std::function<void(Image&&)>;  // on a worker thread, no lock held

  Engine(EngineOptions options, Publish publish);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // The stream. Call from one thread.
  void start(const StreamStart& start);
  // `maker`: the backend that made `image`, which may have been replaced since; null: backend().
  // A null image is what a failed backend makes.
  Inserted add(Entry entry, recon::StoredImagePtr image, const recon::Backend* maker = nullptr);
  void epoch_ready(std::uint64_t epoch);
  // `weight_factor`: cosine of the laminography tilt, on every weight.
  void update_geometry(std::uint64_t revision, const geometry::FieldOfView& field,
                       std::span<const std::uint64_t> ids,
                       std::span<const geometry::Matrix34> matrices, double weight_factor);
  void end();
  void set_link_stale(bool stale);  // marks the next images
  // The backend in use. When it fails, the store is lost with it: what is on show stays until the
  // window, sent again from its oldest projection, is whole or restored() says that no more of it
  // comes.
  const recon::Backend& backend() const;
  void restored();

  // The scene and requests; any thread. Setting a slice that is there moves it.
  void set_target(const Target& target);
  void remove_target(const std::string& key);

  void set_rates(double refresh_hz, double preview_hz, double rebuild_interval_s);
  void set_preview(int size);  // voxels per edge, 0: off

  EngineCounts counts() const;
  std::size_t stored_bytes() const { return account_->load(); }
  std::size_t window_size() const;
  std::size_t target_bytes() const;  // what the sums and images of all targets need
  bool has_scan() const;
  std::string scan_id() const;
  geometry::FieldOfView field() const;
  // Refreshes still owed: false once every target shows the newest data. For tests and `demo`.
  bool busy() const;

 private:
  struct Computing {
    const recon::Backend* backend;
    std::unique_ptr<recon::Backproject> backproject;
  };
  using ComputingPtr = std::shared_ptr<const Computing>;
  struct Sum;
  struct Work;
  struct Part;
  struct TargetState;
  struct Candidate;
  using WorkPtr = std::shared_ptr<Work>;

  void run_worker(std::stop_token stop, int index);
  WorkPtr next_work(std::int64_t now_ns, std::int64_t* wake_ns);
  Candidate candidate(const TargetState& target, Priority priority, std::int64_t now_ns,
                      std::int64_t* wake_ns) const;
  WorkPtr begin(TargetState& target, const Candidate& chosen, Priority priority);
  WorkPtr make_work(TargetState& target, Priority priority, bool rebuild, bool side);
  std::vector<WorkPtr> together(const WorkPtr& first, std::int64_t now_ns);
  void prepare_all(const std::vector<WorkPtr>& works, std::unique_lock<std::mutex>& lock);
  std::vector<Part> parts_of(const std::vector<WorkPtr>& works);
  void run_parts(const std::vector<Part>& parts, std::int64_t now_ns,
                 std::unique_lock<std::mutex>& lock);
  void prepare(Work& work);
  void finish(const WorkPtr& work, std::unique_lock<std::mutex>& lock);
  void signal();  // wakes the workers; under the lock
  void note_new_data();
  void place_preview();
  void forget_images();
  void count_target_bytes();
  static ComputingPtr computing_on(const recon::Backend& backend);
  ComputingPtr computing() const;
  bool usable(const recon::Backend& used);  // false: replaced; nothing that it made may be used
  void replace(const recon::Backend& failed);
  std::size_t store_budget() const;
  bool make_room(std::size_t entry_bytes);
  void adopt_incoming();

  const EngineOptions options_;
  const Publish publish_;
  const StoreAccount account_;
  const std::shared_ptr<BufferPool> pool_;

  mutable std::mutex mutex_;
  ComputingPtr computing_;
  std::condition_variable_any changed_;
  std::uint64_t signals_ = 0;
  double refresh_hz_, preview_hz_, rebuild_interval_s_;
  int preview_size_;
  StreamStart stream_;
  bool has_scan_ = false, link_stale_ = false;
  bool restoring_ = false;  // incoming_ is the window that a lost device held, sent again
  std::uint64_t stream_generation_ = 0;
  std::unique_ptr<Window> window_;
  std::unique_ptr<Window> incoming_;  // the window of an epoch that is being refiltered
  int highest_mip_ = 0;
  std::map<std::string, std::unique_ptr<TargetState>> targets_;
  Priorities priorities_;
  EngineCounts counts_;
  std::size_t target_bytes_ = 0;
  std::uint64_t version_ = 0;
  std::vector<std::jthread> workers_;
};

}  // namespace slicecast::slice
