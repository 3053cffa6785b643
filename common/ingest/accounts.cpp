#include "common/ingest/accounts.h"

#include "common/ingest/limits.h"
#include "common/log/log.h"

namespace slicecast::ingest {

void Accounts::deliver(std::size_t bytes) {
  std::lock_guard lock(mutex_);
  ++counts_.frames;
  counts_.bytes += bytes;
  if (ledger_) ledger_->receive();
}

void Accounts::drop(metrics::Drop reason, std::uint64_t count) {
  if (count == 0) return;
  std::lock_guard lock(mutex_);
  counts_.dropped[static_cast<std::size_t>(reason)] += count;
  if (ledger_) ledger_->receive_and_drop(reason, count);
}

void Accounts::refuse(const Error& error) {
  if (error.code == Errc::unsupported) unknown();
  drop(drop_reason(error));
  if (log::every("ingest.refused", 5)) spdlog::warn("{}: {}", dialect_, error.message);
}

void Accounts::unknown() {
  std::lock_guard lock(mutex_);
  ++counts_.unknown;
}

IngestCounts Accounts::counts() const {
  std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace slicecast::ingest
