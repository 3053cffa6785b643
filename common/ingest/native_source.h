// Frames from the native raw link (design section 3): a bulk consumer behind FrameSource.
#pragma once

#include <memory>
#include <string>

#include "common/ingest/frame_source.h"
#include "common/ingest/limits.h"
#include "common/metrics/ledger.h"
#include "common/wire/bulk.h"
#include "common/wire/context.h"

namespace slicecast::ingest {

struct NativeOptions {
  std::string name;        // of the consumer, shown by the source
  std::string address;     // empty: not connected until connect()
  std::string server_key;  // CURVE, Z85
  std::uint32_t window = 32;
  DecodeLimits limits;
  std::shared_ptr<BufferPool> pool;
  std::shared_ptr<metrics::Ledger> ledger;  // may be null
};

// The scan that is announced again (to a consumer that reconnects) unchanged starts only once.
// Frames of another scan than the last one announced are dropped as wrong_scan, ids beyond the
// announced number of projections or measured vectors as bad_header.
std::unique_ptr<FrameSource> make_native_source(wire::Context& context, NativeOptions options);

}  // namespace slicecast::ingest
