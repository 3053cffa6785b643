// The matrix of each filtered projection, and what the slice server needs to know of the geometry.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "common/base/error.h"
#include "common/geometry/scan_geometry.h"
#include "common/recon/processing.h"
#include "services/projection/window.h"

namespace slicecast::projection {

// Immutable; shared by all frames of one geometry revision.
class ProjectionMatrices {
 public:
  ProjectionMatrices(const geometry::ScanGeometry& g, const recon::ProcessedLayout& layout);

  // World mm -> pixels of the filtered image. `sent`: the frame's own matrix, which wins.
  Result<geometry::Matrix34> matrix(std::uint64_t id, double angle_rad,
                                    const std::optional<geometry::Matrix34>& sent) const;

 private:
  geometry::ScanGeometry geometry_;
  recon::ProcessedLayout layout_;
};

// Measured vectors carry their angles in a table from here on: unwrapping one needs all before it.
geometry::ScanGeometry with_angle_table(geometry::ScanGeometry g);

// Unwrapped angle of a frame that carries none: geometry::angle_of, else from its own matrix, on
// the turn nearest to `near_rad`.
Result<double> angle_of_frame(const geometry::ScanGeometry& g, std::uint64_t id,
                              const std::optional<geometry::Matrix34>& sent, double near_rad);

// Whether a change from `a` to `b` alters weights or pixels rather than matrices alone.
bool changes_pixels(const geometry::ScanGeometry& a, const geometry::ScanGeometry& b,
                    recon::Coverage coverage);

}  // namespace slicecast::projection
