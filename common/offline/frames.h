// Where the raw frames of a recorded (or simulated) scan come from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "common/base/error.h"
#include "common/base/pixel_type.h"
#include "common/geometry/scan_geometry.h"
#include "common/io/scan_file.h"

namespace slicecast::offline {

struct ScanFrames {
  geometry::ScanGeometry geometry;
  bool geometry_stored = false;  // the axis column in `geometry` is known, not a default
  PixelType pixel_type = PixelType::u16;
  bool already_linear = false;
  std::vector<double> angles_rad;  // unwrapped, one per projection
  std::vector<std::uint64_t> ids;  // as the scan numbered them; empty: by position
  std::size_t darks = 0, flats = 0;
  io::RecordedWindow window;               // what the file says; the newest window needs it
  double energy_kev = 0, distance_mm = 0;  // 0: unknown
  // Fills rows x columns pixels of one raw frame. Called by one thread at a time.
  std::function<Result<void>(io::FrameReference, std::span<std::byte>)> read;

  std::size_t projections() const { return angles_rad.size(); }
  std::size_t frame_bytes() const;
};

// Borrows `file`. Angles that the file lacks are multiples of `step_rad`; refuses a scan without
// any.
Result<ScanFrames> frames_of(const io::ScanFile& file, double step_rad = 0);

}  // namespace slicecast::offline
