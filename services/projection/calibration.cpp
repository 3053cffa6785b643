#include "services/projection/calibration.h"

namespace slicecast::projection {

bool Calibration::begin_scan(const geometry::ScanGeometry& geometry) {
  geometry_ = geometry;
  darks_.reset();
  flats_.reset();
  darks_open_ = flats_open_ = false;
  const int rows = geometry::upright_rows(geometry), columns = geometry::upright_columns(geometry);
  const bool fits = set_.empty() || (set_.rows == rows && set_.columns == columns);
  if (!fits) set_ = {};
  set_.rows = rows;
  set_.columns = columns;
  return fits;
}

void Calibration::add(ingest::FrameKind kind, const void* raw, PixelType type) {
  const bool dark = kind == ingest::FrameKind::dark;
  auto& mean = dark ? darks_ : flats_;
  bool& open = dark ? darks_open_ : flats_open_;
  if (!open) mean = std::make_unique<recon::FrameMean>(geometry_);
  open = true;
  mean->add(raw, type);
}

bool Calibration::complete_batch() {
  if (!batch_open()) return false;
  if (darks_open_) {
    set_.dark = darks_->mean();
    set_.dark_count = darks_->count();
  }
  if (flats_open_) {
    set_.flat = flats_->mean();
    set_.flat_count = flats_->count();
  }
  darks_.reset();
  flats_.reset();
  darks_open_ = flats_open_ = false;
  return true;
}

}  // namespace slicecast::projection
