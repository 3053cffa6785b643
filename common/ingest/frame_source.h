// The one interface behind which all wire dialects sit.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "common/ingest/frame_event.h"
#include "common/metrics/ledger.h"
#include "common/wire/bulk.h"

namespace slicecast::ingest {

struct IngestCounts {
  std::uint64_t frames = 0;   // given to the caller
  std::uint64_t bytes = 0;    // their pixels
  std::uint64_t unknown = 0;  // messages of a type this dialect does not know
  std::array<std::uint64_t, metrics::kDropReasons> dropped{};
};

// take() is called from one thread; the rest from any. Nothing that arrives can throw out of it.
//
// With a ledger in its options a source books every frame as received: those it refuses are dropped
// there at once by reason, those it returns stay in flight until the caller finishes or drops them.
class FrameSource {
 public:
  virtual ~FrameSource() = default;

  // The next event, or nothing at the deadline or after stop().
  virtual std::optional<Event> take(std::chrono::milliseconds deadline) = 0;
  virtual void stop() = 0;  // wakes take(); final
  // Points at another address (a sender that came back elsewhere).
  virtual void connect(std::string address, std::string server_key) = 0;
  virtual IngestCounts counts() const = 0;
  virtual wire::LinkState state() const = 0;
};

}  // namespace slicecast::ingest
