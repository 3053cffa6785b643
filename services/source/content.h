// The images of a scan, whatever they come from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "common/base/buffer.h"
#include "common/ingest/frame_event.h"

namespace slicecast::source {

// Used by one thread. Images are rows x columns of scan().geometry, of scan().pixel_type.
class ScanContent {
 public:
  virtual ~ScanContent() = default;

  // Everything but scan_id and the number of projections. Geometry holds no angles: each frame
  // brings its own.
  virtual const ingest::ScanInfo& scan() const = 0;
  virtual std::uint64_t projections() const = 0;  // per pass: in the file, or per window
  virtual bool repeats() const = 0;               // finite: a file, measured vectors
  virtual double pass_arc_rad() const = 0;  // covered by one pass, counting the step after the last
  virtual std::uint64_t darks() const = 0;
  virtual std::uint64_t flats() const = 0;
  virtual double angle_of(std::uint64_t index) const = 0;
  // As the scan numbered it, within a pass of so many ids: a file misses what was lost.
  virtual std::uint64_t id_of(std::uint64_t index) const { return index; }
  virtual std::uint64_t ids() const { return projections(); }
  // Of scans with measured vectors; wins over the angle.
  virtual std::optional<geometry::Matrix34> matrix_of(std::uint64_t index) const = 0;
  virtual Result<ConstBufferPtr> image(ingest::FrameKind kind, std::uint64_t index) = 0;
};

}  // namespace slicecast::source
