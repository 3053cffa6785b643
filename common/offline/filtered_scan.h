// A whole scan, corrected, weighted, filtered and stored: what slices and volumes are made of.
// The stages are those of the streaming services in one process. Deterministic: sums run over the
// projections in the order of the scan, whatever the number of threads.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "common/geometry/plane.h"
#include "common/io/pixel_mask.h"
#include "common/offline/frames.h"
#include "common/offline/scan_window.h"
#include "common/recon/fallback_backend.h"

namespace slicecast::offline {

struct Options {
  recon::PixelParameters pixels;  // already_linear is taken from the frames if they say so
  std::optional<io::PixelMask> bad_pixels;
  std::optional<recon::Coverage> coverage;
  Extent extent = Extent::all;
  recon::StoreType store = recon::StoreType::half_precision;
  recon::BackendRequest backend;
  recon::FallbackBackend::Tell tell;  // that another one computes; none: nobody is told
  int most_flats = 1000;              // of each kind that are averaged
  std::size_t most_store_bytes = 0;   // refuse a store larger than this; 0: no limit
};

struct FilteredScan {
  std::shared_ptr<const recon::FallbackBackend> choice;
  const recon::Backend* backend = nullptr;  // which holds the terms
  recon::ProcessDesc desc;
  recon::ProcessedLayout layout;
  ScanWindow window;
  geometry::FieldOfView field;
  std::vector<recon::Term> terms;  // in the order of window.projections
  recon::ProcessCounts counts;     // summed
  std::uint64_t clipped = 0;       // values beyond half precision

  // False when the device that holds the terms has failed: what was reconstructed last must not be
  // used, and filter_again() makes the terms anew.
  bool intact() const { return choice->intact(*backend); }
};

// Means of the dark and flat frames into `desc`.
Result<void> average_references(const ScanFrames& frames, int most, recon::ProcessDesc& desc);

// The descriptor of one epoch for these frames and options (rings excepted): geometry, coverage,
// references. Shared with the axis search.
Result<recon::ProcessDesc> describe(const ScanFrames& frames, const Options& options);

// A device that fails meanwhile costs time: then all is filtered again by cpu.
Result<FilteredScan> filter_scan(const ScanFrames& frames, const Options& options);
Result<void> filter_again(const ScanFrames& frames, const Options& options, FilteredScan& scan);

// Every point of `grid` into `out`, [plane][row][column] floats; 0 outside the field of view.
// Spread over the calling thread's TBB arena by tiles.
void reconstruct(const FilteredScan& scan, const geometry::PointGrid& grid, float* out);
// The same, from terms made anew when the device that holds them fails.
Result<void> reconstruct(const ScanFrames& frames, const Options& options, FilteredScan& scan,
                         const geometry::PointGrid& grid, float* out);

}  // namespace slicecast::offline
