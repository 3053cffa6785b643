// A whole scan, corrected, weighted, filtered and stored: what slices and volumes are made of.
// The stages are those of the streaming services in one process. Deterministic: sums run over the
// projections in the order of the scan, whatever the number of threads.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/geometry/plane.h"
#include "common/offline/frames.h"
#include "common/offline/scan_window.h"
#include "common/recon/backend.h"

namespace slicecast::offline {

struct Options {
  recon::PixelParameters pixels;  // already_linear is taken from the frames if they say so
  std::optional<recon::Coverage> coverage;
  Extent extent = Extent::all;
  recon::StoreType store = recon::StoreType::half_precision;
  std::string backend = "auto";
  int most_flats = 1000;             // of each kind that are averaged
  std::size_t most_store_bytes = 0;  // refuse a store larger than this; 0: no limit
};

struct FilteredScan {
  const recon::Backend* backend = nullptr;
  recon::ProcessDesc desc;
  recon::ProcessedLayout layout;
  ScanWindow window;
  geometry::FieldOfView field;
  std::vector<recon::Term> terms;  // in the order of window.projections
  recon::ProcessCounts counts;     // summed
  std::uint64_t clipped = 0;       // values beyond half precision
};

// Means of the dark and flat frames into `desc`.
Result<void> average_references(const ScanFrames& frames, int most, recon::ProcessDesc& desc);

// The descriptor of one epoch for these frames and options (rings excepted): geometry, coverage,
// references. Shared with the axis search.
Result<recon::ProcessDesc> describe(const ScanFrames& frames, const Options& options);

Result<FilteredScan> filter_scan(const ScanFrames& frames, const Options& options);

// Every point of `grid` into `out`, [plane][row][column] floats; 0 outside the field of view.
// Spread over the calling thread's TBB arena by tiles.
void reconstruct(const FilteredScan& scan, const geometry::PointGrid& grid, float* out);

}  // namespace slicecast::offline
