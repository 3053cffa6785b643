// The native raw link's messages: ScanStart, Frame, ScanEnd inside a BulkHeader, both ways. Pure
// functions without sockets or state, so that they can be fuzzed.
#pragma once

#include "common/ingest/frame_event.h"
#include "common/ingest/limits.h"
#include "slicecast/v1/bulk.pb.h"

namespace slicecast::ingest {

v1::BulkHeader encode_scan_start(const ScanInfo& scan);
v1::BulkHeader encode_frame(const FrameArrived& frame);  // pixels travel beside it
v1::BulkHeader encode_scan_end(const ScanEnded& end);

// Errors: see drop_reason(); Errc::unsupported for a payload that does not belong on the raw link.
// acquired_ns stays 0 when the sender left it so.
Result<Event> decode_native(const v1::BulkHeader& header, ConstBufferPtr pixels,
                            const DecodeLimits& limits);

}  // namespace slicecast::ingest
