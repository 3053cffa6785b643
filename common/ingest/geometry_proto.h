// Scan geometry and scan descriptions between the wire's messages and the program's own.
#pragma once

#include "common/geometry/scan_geometry.h"
#include "common/ingest/frame_event.h"
#include "slicecast/v1/bulk.pb.h"

namespace slicecast::ingest {

// Longest angle table or list of measured vectors that a message may bring.
inline constexpr int kMaxListedAngles = 1 << 20;

v1::Geometry to_proto(const geometry::ScanGeometry& geometry);

// Every number must be finite, dimensions 1 to 65535, measured vectors twelve numbers each; then
// geometry::validate. Errc::malformed with what is wrong.
Result<geometry::ScanGeometry> from_proto(const v1::Geometry& message);

v1::ScanStart to_proto(const ScanInfo& scan);
Result<ScanInfo> from_proto(const v1::ScanStart& message);

}  // namespace slicecast::ingest
