// Counts and ledger of one frame source; every dialect books through it.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "common/ingest/frame_source.h"
#include "common/metrics/ledger.h"

namespace slicecast::ingest {

// Thread-safe.
class Accounts {
 public:
  Accounts(std::string dialect, std::shared_ptr<metrics::Ledger> ledger)
      : dialect_(std::move(dialect)), ledger_(std::move(ledger)) {}

  void deliver(std::size_t bytes);  // goes to the caller, in flight
  void drop(metrics::Drop reason, std::uint64_t count = 1);
  // Drops by drop_reason(), counts unsupported types, and logs at most once in five seconds.
  void refuse(const Error& error);
  void unknown();  // a message that is no frame, of a type nobody knows
  IngestCounts counts() const;

 private:
  const std::string dialect_;
  const std::shared_ptr<metrics::Ledger> ledger_;
  mutable std::mutex mutex_;
  IngestCounts counts_;
};

}  // namespace slicecast::ingest
