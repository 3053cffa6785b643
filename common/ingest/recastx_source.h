// Frames from a recastx / foamstream sender: PULL (it binds PUSH) or SUB (it binds PUB).
#pragma once

#include <memory>
#include <string>

#include "common/ingest/frame_source.h"
#include "common/ingest/limits.h"
#include "common/ingest/recastx_scans.h"
#include "common/wire/context.h"

namespace slicecast::ingest {

struct RecastxOptions {
  std::string address;     // e.g. tcp://127.0.0.1:9667; empty: not connected until connect()
  std::string server_key;  // CURVE, Z85
  bool subscribe = false;  // SUB instead of PULL
  RecastxScanConfig scans;
  DecodeLimits limits;
  std::size_t queue_bytes = std::size_t{64} << 20;  // frames waiting in the socket, up to 1000
  std::shared_ptr<BufferPool> pool;                 // null: a pool of its own
  std::shared_ptr<metrics::Ledger> ledger;          // may be null
};

// Frames that are not complete are dropped as bad_size, late ones of an older scan as wrong_scan.
// The dialect has no end: a scan ends when the next one begins. `live` while frames came in the
// last two seconds.
Result<std::unique_ptr<FrameSource>> make_recastx_source(wire::Context& context,
                                                         RecastxOptions options);

}  // namespace slicecast::ingest
