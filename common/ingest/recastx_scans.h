// Turns recastx frames, which know neither scans nor angles, into the events of scans.
#pragma once

#include <deque>
#include <optional>
#include <utility>

#include "common/ingest/frame_event.h"
#include "common/ingest/recastx_codec.h"

namespace slicecast::ingest {

// What the dialect does not say and the configuration must.
struct RecastxScanConfig {
  // scan_id is the prefix of the ids made; rows and columns of the geometry may be 0 (taken from
  // the first frame). Angles: table, else start + step * frame; without either, step = one window's
  // arc over window.group_size.
  ScanInfo scan;
  // Scan number = frame / angles_per_scan, and ids start again at 0. 0: one endless scan, whose
  // angles go on (a table is continued by whole arcs).
  std::uint64_t angles_per_scan = 0;
};

// The geometry must pass geometry::validate once the frame size is known; contradictions that can
// be seen before are refused here.
Result<RecastxScanConfig> checked(RecastxScanConfig config);

class RecastxScans {
 public:
  explicit RecastxScans(RecastxScanConfig config) : config_(std::move(config)) {}

  // The events that this frame causes, in order: the end of the previous scan, the start of the
  // next, the frame. invalid_argument for a frame of another size than the scan's. None for a frame
  // of a scan that is over, which is held back for a moment: eight such with consecutive numbers,
  // or 64 in any order, mean that the sender counts from 0 again. Then a new scan starts with the
  // frames held; else they are discarded.
  Result<std::deque<Event>> accept(const RecastxHeader& header, ConstBufferPtr pixels,
                                   std::int64_t acquired_ns);

  // Frames discarded since last asked: late ones of a scan that is over.
  std::uint64_t take_discarded() { return std::exchange(discarded_, 0); }

 private:
  struct Held {
    RecastxHeader header;
    ConstBufferPtr pixels;
    std::int64_t acquired_ns = 0;
  };
  // True once the frames held are the first of a restarted sender.
  bool hold(const RecastxHeader& header, ConstBufferPtr pixels, std::int64_t acquired_ns);
  void discard_held();
  Result<std::deque<Event>> begin_again();
  Result<void> begin(std::uint64_t scan_number, const RecastxHeader& header,
                     std::deque<Event>& events);
  std::optional<double> angle_of(std::uint64_t frame) const;

  RecastxScanConfig config_;
  bool running_ = false;
  std::uint64_t scan_number_ = 0;
  std::uint64_t restarts_ = 0;
  std::uint64_t old_frames_in_a_row_ = 0;
  std::deque<Held> held_;  // consecutive, at most eight
  std::uint64_t discarded_ = 0;
  std::uint64_t projections_ = 0;  // of the running scan
  std::uint64_t newest_frame_ = 0;
  ScanInfo current_;
};

}  // namespace slicecast::ingest
