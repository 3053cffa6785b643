// One epoch: everything that decides pixel values, made into processors once and never changed.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/ingest/frame_event.h"
#include "common/recon/backend.h"
#include "services/projection/calibration.h"
#include "services/projection/window.h"

namespace slicecast::projection {

struct EpochSpec {
  std::string scan_id;
  geometry::ScanGeometry geometry;  // overrides applied
  PixelType pixel_type = PixelType::u16;
  recon::PixelParameters parameters;
  ResolvedWindow window;
  CalibrationSet calibration;
  std::shared_ptr<const std::vector<std::uint8_t>> bad;  // pixels to interpolate; null: none
  std::shared_ptr<const recon::FloatImage> ring;         // null: none
  std::string parameters_json;
};

class Epoch {
 public:
  // Refuses contradictory parameters. A scan that cannot be corrected (no flat, no incident counts,
  // not linear) is no error: the epoch then has an obstacle and no processor.
  static Result<std::shared_ptr<Epoch>> make(const recon::Backend& backend, EpochSpec spec);

  std::uint64_t number = 0;  // set by the pipeline before the epoch is shared

  const EpochSpec& spec() const { return spec_; }
  const recon::ProcessedLayout& layout() const { return layout_; }
  // Empty, or why nothing can be filtered and what to do.
  const std::string& obstacle() const { return obstacle_; }

  // For a frame of this scan. Short scans have one processor per group, made when its first frame
  // comes; the others have one. Null when there is an obstacle. Thread-safe.
  std::shared_ptr<const recon::Processor> processor(std::uint64_t id, double angle_rad) const;

  // Field of view of what is processed, for the geometry `g` as it is now.
  geometry::FieldOfView field_of_view(const geometry::ScanGeometry& g) const;

  // Line integrals of the whole rows [first_row, first_row + rows) alone, upright and unbinned, as
  // the axis search reads them: without phase retrieval and ring correction.
  Result<std::unique_ptr<recon::Processor>> band(int first_row, int rows) const;

  // Whether line integrals are the same as under `other`, so that its ring profile fits.
  bool same_line_integrals(const Epoch& other) const;

 private:
  Epoch(const recon::Backend& backend, EpochSpec spec)
      : backend_(backend), spec_(std::move(spec)) {}
  recon::ProcessDesc describe() const;

  const recon::Backend& backend_;
  EpochSpec spec_;
  recon::ProcessedLayout layout_;
  std::string obstacle_;
  mutable std::mutex mutex_;
  mutable std::map<std::uint64_t, std::shared_ptr<const recon::Processor>> by_group_;
};

}  // namespace slicecast::projection
