// From raw frames to filtered projections: scans, epochs, the raw window and the worker threads.
//
// Threads: accept() is called from one thread, the rest from any. `threads` workers each filter
// whole frames. Lock order: change_mutex_ (what an epoch is made of) before mutex_ (frames on their
// way and the order of what is published); processors are built and frames filtered outside of
// mutex_.
//
// A full queue either makes accept() wait, so that the sender's ring is the buffer and what falls
// off there is counted (native link), or costs the oldest frame not yet begun, counted as
// queue_full (dialects whose senders must not be held up).
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/config/option.h"
#include "common/ingest/frame_event.h"
#include "common/io/pixel_mask.h"
#include "common/metrics/ledger.h"
#include "common/wire/feed.h"
#include "services/projection/calibration.h"
#include "services/projection/epoch.h"
#include "services/projection/frame_account.h"
#include "services/projection/options.h"
#include "services/projection/publication.h"
#include "services/projection/raw_window.h"
#include "services/projection/refilter_plan.h"
#include "services/projection/saved_state.h"

namespace slicecast::projection {

struct PipelineOptions {
  const recon::Backend* backend = nullptr;
  recon::StoreType store = recon::StoreType::half_precision;
  MemoryPlan memory;
  unsigned threads = 1;
  std::size_t queue_frames = 64;
  bool wait_when_full = true;
  std::uint64_t reorder_window = 0;         // 0: one group
  std::optional<io::PixelMask> bad_pixels;  // of the upright detector
};

// Pixel counters of all frames.
struct PixelCounts {
  std::uint64_t clamped = 0, zingers = 0, interpolated = 0, clipped = 0;
};

// One moment of the pipeline.
struct PipelineStatus {
  std::string scan_id;
  bool scan_ended = false;
  std::uint64_t epoch = 0, geometry_revision = 0;
  ResolvedWindow window;
  std::string problem;  // why frames are not filtered, and what to do; empty: fine
  std::uint64_t queued = 0, refilter_remaining = 0, late = 0;
  std::uint64_t skipped = 0;  // of a ring that was joined late: older than any window needs
  std::size_t raw_frames = 0, raw_bytes = 0, ring_projections = 0;
  int darks = 0, flats = 0;
  float scale = 0;
  double axis_column = -1;  // in use; -1: no scan, or one whose vectors are measured
  std::map<std::string, std::string> geometry;  // geometry_facts; empty: no scan
  PixelCounts pixels;
  std::uint64_t not_shared = 0;  // sent as pixels only, as the card had no room for shared images
};

// What background estimates work on. Ids only: frames are fetched one by one, so that an estimate
// keeps none from leaving.
struct WindowView {
  std::shared_ptr<const Epoch> epoch;  // null: nothing to work on
  geometry::ScanGeometry geometry;     // current
  std::vector<std::uint64_t> ids;      // newest first
  bool full = false;                   // a whole window, or all there will be
};

class Pipeline {
 public:
  // `frames`: flow whose received frames are given to accept(); `refiltered`: frames filtered
  // again.
  Pipeline(PipelineOptions options, config::Settings settings, wire::BulkProducer& producer,
           wire::FeedProducer* feed, std::shared_ptr<metrics::Ledger> frames,
           std::shared_ptr<metrics::Ledger> refiltered);
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  void accept(ingest::Event event);
  // New live parameters. Refused when they contradict the scan; then nothing has changed.
  Result<void> change(const config::Settings& after);
  // A ring profile made from line integrals of `from`; ignored when that epoch's are gone.
  void set_rings(const Epoch& from, std::shared_ptr<const recon::FloatImage> profile);
  void restore(const SavedState& state);

  // Waits for nobody: a processor of large rows takes seconds to make.
  PipelineStatus status() const;
  WindowView window_view() const;
  std::optional<RawFrame> raw_frame(std::uint64_t id) const;
  std::shared_ptr<const recon::FloatImage> rings() const;
  // What survives a restart, and a number that rises when it changes.
  SavedState state_to_save() const;
  std::uint64_t state_revision() const { return state_revision_.load(); }
  // True when every frame accepted so far has been dealt with, refilters included.
  bool wait_settled(std::chrono::milliseconds deadline);
  // Publishes the newest projection for consumers that came when the scan rested already. Any
  // thread.
  void show_newest();
  void tidy();  // lets go of old messages that the last slow consumer has taken
  void stop();  // wakes accept() and ends the workers

 private:
  struct Scan {
    ingest::ScanInfo info;  // geometry with its angle table, before overrides
  };
  struct Job {
    RawFrame frame;
    std::shared_ptr<const Epoch> epoch;
    bool refilter = false;
    std::uint64_t scan_number = 0;
  };
  struct Worker;

  // Called by accept().
  void begin_scan(const ingest::ScanInfo& info);
  void end_scan(const ingest::ScanEnded& end);
  void take_frame(ingest::FrameArrived frame);
  void take_calibration(const ingest::FrameArrived& frame);
  void take_projection(ingest::FrameArrived frame);
  bool sender_began_again(FrameAccount::Verdict verdict);
  bool enqueue(RawFrame frame);
  bool outdated(const ingest::FrameArrived& frame) const;  // under mutex_
  void drain_live();
  void calibrate();
  void note_calibration();  // under both

  // Under change_mutex_.
  Result<EpochSpec> make_spec(const config::Settings& settings) const;
  Result<std::shared_ptr<Epoch>> make_epoch(const config::Settings& settings) const;
  void open_epoch(bool clear);
  void commit(std::shared_ptr<Epoch> epoch, const geometry::ScanGeometry& g, bool clear);

  // Workers.
  void work(std::stop_token stop, unsigned index);
  bool next_job(Job& job);  // under mutex_
  void filter(Job job, Worker& worker);
  bool cannot_filter(Job& job);
  bool filter_on_card(const Job& job, const recon::Processor& processor,
                      const recon::ProcessedLayout& layout, FilteredImage& image,
                      recon::ProcessCounts& counts);
  bool publish(Job& job, FilteredImage& image, const recon::ProcessCounts& counts);
  float scale_for(std::span<const float> values, std::uint64_t scan_number);
  bool raise_scale(std::span<const float> values, std::uint64_t scan_number, float* scale);
  void finished(const Job& job);  // under mutex_
  void show_thumbnail(const Job& job, const recon::Processor& processor);

  const PipelineOptions options_;
  wire::FeedProducer* const feed_;
  const std::shared_ptr<metrics::Ledger> frames_, refiltered_;
  const std::shared_ptr<BufferPool> pool_;

  mutable std::mutex change_mutex_;
  const config::Settings configured_;  // as at the start
  config::Settings settings_;
  Calibration calibration_;
  std::shared_ptr<const recon::FloatImage> ring_;

  mutable std::mutex mutex_;
  std::condition_variable_any work_there_;
  std::condition_variable_any work_done_;
  bool stopping_ = false;
  std::shared_ptr<const Scan> scan_;
  int darks_ = 0, flats_ = 0;  // of the set in use
  std::uint64_t scan_number_ = 0;
  bool scan_ended_ = false;
  geometry::ScanGeometry geometry_;  // overrides applied
  std::shared_ptr<const Epoch> epoch_;
  std::uint64_t epoch_number_ = 0;
  std::string problem_;
  std::shared_ptr<const ProjectionMatrices> matrices_;
  Publication publication_;
  RawWindow raw_;
  RefilterPlan plan_;
  std::deque<RawFrame> queue_;
  std::size_t queue_bytes_ = 0;
  unsigned live_in_work_ = 0;
  bool refilter_next_ = false;
  float scale_ = 0;  // 0: not chosen yet
  FrameAccount account_;
  std::uint64_t repeats_in_a_row_ = 0;
  std::uint64_t skipped_ = 0, skipped_told_ = 0;
  double last_angle_rad_ = 0;
  PixelCounts pixels_;
  std::atomic<std::uint64_t> not_shared_{0};

  std::atomic<std::uint64_t> state_revision_{0};
  std::atomic<std::int64_t> thumbnail_due_ns_{0};
  // Epoch and id of the newest thumbnail, under mutex_.
  std::pair<std::uint64_t, std::uint64_t> thumbnail_of_{0, 0};
  std::vector<std::jthread> workers_;
};

}  // namespace slicecast::projection
