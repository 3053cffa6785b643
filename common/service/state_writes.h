// Whether what a service keeps over a restart could be written: a full disk or a folder that may
// not be written costs the next start its memory, and must be seen before that.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

#include "common/base/error.h"
#include "common/metrics/metrics.h"

namespace slicecast::service {

// Thread-safe.
class StateWrites {
 public:
  // Counts into slicecast_state_write_failures_total of `registry`, which must outlive this.
  explicit StateWrites(metrics::Registry& registry);

  // After each attempt. `what` as in "pinned slices". A failure is logged once until it changes or
  // goes away.
  void report(const std::string& what, const Result<void>& written, std::int64_t now_ns);
  // Whether the last attempt failed so long ago that it should be made again: space may be free
  // now, without anything new to write.
  bool wants_again(std::int64_t now_ns) const;
  // One line for /healthz, with the remedy; empty: the last attempt worked.
  std::string trouble() const;

 private:
  std::atomic<std::uint64_t>& failures_;
  mutable std::mutex mutex_;
  std::string trouble_;
  std::int64_t tried_ns_ = 0;
};

}  // namespace slicecast::service
