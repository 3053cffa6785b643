// Dark and flat frames: any number, renewed in mid-stream. Not synchronised; one thread adds.
//
// Frames of a kind that follow one another (other kinds of calibration in between) are one batch;
// the batch is complete when the next projection arrives and then replaces the mean of its kind.
#pragma once

#include <memory>

#include "common/ingest/frame_event.h"
#include "common/recon/processing.h"

namespace slicecast::projection {

// Means of one epoch, upright and unbinned. Immutable, shared.
struct CalibrationSet {
  std::shared_ptr<const recon::FloatImage> dark, flat;  // null: none
  int dark_count = 0, flat_count = 0;
  int rows = 0, columns = 0;
  bool empty() const { return !dark && !flat; }
};

class Calibration {
 public:
  // A new scan. Keeps what fits the new upright shape; false when means had to go.
  bool begin_scan(const geometry::ScanGeometry& geometry);
  // From the state file; the next scan decides whether it fits.
  void restore(CalibrationSet set) { set_ = std::move(set); }

  void add(ingest::FrameKind kind, const void* raw, PixelType type);
  bool batch_open() const { return darks_open_ || flats_open_; }
  // Takes the batch into the set. False when there is none.
  bool complete_batch();

  const CalibrationSet& set() const { return set_; }

 private:
  geometry::ScanGeometry geometry_;
  std::unique_ptr<recon::FrameMean> darks_, flats_;
  bool darks_open_ = false, flats_open_ = false;
  CalibrationSet set_;
};

}  // namespace slicecast::projection
