// What every wire dialect is turned into: a scan starts, frames arrive, a scan ends.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "common/base/buffer.h"
#include "common/base/pixel_type.h"
#include "common/geometry/scan_geometry.h"
#include "slicecast/v1/common.pb.h"

namespace slicecast::ingest {

enum class FrameKind : std::uint8_t { projection, dark, flat };
const char* to_string(FrameKind kind);

struct ScanInfo {
  std::string scan_id;
  geometry::ScanGeometry geometry;  // validated
  v1::Window window;                // as announced; coverage may be automatic, group_size 0
  PixelType pixel_type = PixelType::u16;
  bool already_linear = false;    // frames are line integrals
  double incident_counts = 0;     // I0 for scans without flats; 0: unknown
  std::uint64_t projections = 0;  // expected in all; 0: unknown or endless
  std::string title;
};

struct ScanStarted {
  ScanInfo scan;
};

// `pixels` holds exactly rows x columns densely packed pixels of `type`, as the detector sent them
// (before transpose and flips). Projections count ids from 0; darks and flats count on their own.
struct FrameArrived {
  std::string scan_id;
  FrameKind kind = FrameKind::projection;
  std::uint64_t id = 0;
  std::optional<double> angle_rad;           // unwrapped; none: geometry::angle_of(geometry, id)
  std::optional<geometry::Matrix34> matrix;  // wins over the angle
  PixelType type = PixelType::u16;
  int rows = 0, columns = 0;
  std::int64_t acquired_ns = 0;  // never 0: stamped on arrival when the sender did not
  // Messages the sender held behind this one when we joined its stream: a newcomer can leave out
  // what it does not need any more. 0: it came live, or nobody knows.
  std::uint64_t newer = 0;
  ConstBufferPtr pixels;
};

struct ScanEnded {
  std::string scan_id;
  std::uint64_t projections = 0;  // sent in all; 0: unknown
};

using Event = std::variant<ScanStarted, FrameArrived, ScanEnded>;

}  // namespace slicecast::ingest
