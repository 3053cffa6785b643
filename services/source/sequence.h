// What is sent, in which order: scans, darks, flats and projections, as a lazy list. Holds no
// pixels and no clock, so that the same plan always gives the same list.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <variant>
#include <vector>

#include "common/ingest/frame_event.h"
#include "services/source/order.h"

namespace slicecast::source {

// One pass: the file once, or one window of a simulated scan.
struct SequencePlan {
  std::uint64_t pass = 0;    // projections per pass
  std::uint64_t passes = 1;  // 0: without end
  // The next pass goes on in the same scan, with growing ids and angles; else each pass is a new
  // scan.
  bool continues = false;
  // Every pass repeats the same content (a file): its angles then grow by `pass_arc_rad` per pass.
  // Else (a simulation) content goes on with the id.
  bool repeats = false;
  double pass_arc_rad = 0;
  std::uint64_t darks = 0, flats = 0;  // before the projections of each scan
  std::uint64_t flats_every = 0;       // and again after so many projections; 0: never
  Order order = Order::sequential;
  std::uint64_t seed = 1;
  std::function<double(std::uint64_t)> angle_of;  // of a content index
  // Of a content index within a pass, below `ids`; none: the index itself. Orders of acquisition
  // count on their own.
  std::function<std::uint64_t(std::uint64_t)> id_of;
  std::uint64_t ids = 0;  // per pass; 0: as many as projections
};

struct ScanBegins {
  std::uint64_t number = 0;       // from 0
  std::uint64_t projections = 0;  // in all, lost ones of a file included; 0: without end
};
struct FrameStep {
  ingest::FrameKind kind = ingest::FrameKind::projection;
  std::uint64_t content = 0;  // which image; darks and flats count on their own
  std::uint64_t id = 0;       // on the wire
  double angle_rad = 0;       // projections
};
struct ScanFinishes {
  std::uint64_t projections = 0;
};
using Step = std::variant<ScanBegins, FrameStep, ScanFinishes>;

// Shuffled order keeps ids and angles together (frames delayed on the way); interlaced and golden
// order of a file give ids in the order of acquisition.
class Sequence {
 public:
  explicit Sequence(SequencePlan plan) : plan_(std::move(plan)) {}
  std::optional<Step> next();  // nothing when everything has been sent

 private:
  void begin_scan();
  void add_calibration(bool with_darks);
  FrameStep projection();
  std::uint64_t ids_per_pass() const;

  SequencePlan plan_;
  std::deque<Step> due_;  // calibration frames and scan marks; never more than one scan's
  std::vector<std::uint64_t> indices_;
  std::uint64_t pass_ = 0;
  std::uint64_t position_ = 0;  // within the pass
  std::uint64_t in_scan_ = 0;   // projections of the running scan so far
  std::uint64_t scans_ = 0;
  std::uint64_t flats_sent_ = 0;  // of the running scan
  bool running_ = false;
  bool finished_ = false;
};

}  // namespace slicecast::source
