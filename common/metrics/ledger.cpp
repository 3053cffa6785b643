#include "common/metrics/ledger.h"

#include <numeric>

namespace slicecast::metrics {

const char* to_string(Drop reason) {
  switch (reason) {
    case Drop::late: return "late";
    case Drop::duplicate: return "duplicate";
    case Drop::queue_full: return "queue_full";
    case Drop::bad_header: return "bad_header";
    case Drop::bad_size: return "bad_size";
    case Drop::bad_compression: return "bad_compression";
    case Drop::wrong_scan: return "wrong_scan";
    case Drop::shed_by_policy: return "shed_by_policy";
    case Drop::superseded: return "superseded";
    case Drop::fell_off_ring: return "fell_off_ring";
    case Drop::no_flat: return "no_flat";
    case Drop::failed: return "failed";
    case Drop::not_finite: return "not_finite";
    case Drop::bad_label: return "bad_label";
  }
  return "unknown";
}

std::uint64_t LedgerSnapshot::dropped_in_all() const {
  return std::accumulate(dropped.begin(), dropped.end(), std::uint64_t{0});
}

bool LedgerSnapshot::closes() const {
  // An item settled twice wraps `in_flight` around; the sum alone would wrap back and hide it.
  return in_flight <= received && received == done + dropped_in_all() + in_flight;
}

void Ledger::receive(std::uint64_t count) {
  std::lock_guard lock(mutex_);
  state_.received += count;
  state_.in_flight += count;
}

void Ledger::finish(std::uint64_t count) {
  std::lock_guard lock(mutex_);
  state_.in_flight -= count;
  state_.done += count;
}

void Ledger::drop(Drop reason, std::uint64_t count) {
  std::lock_guard lock(mutex_);
  state_.in_flight -= count;
  state_.dropped[static_cast<std::size_t>(reason)] += count;
}

void Ledger::receive_and_drop(Drop reason, std::uint64_t count) {
  std::lock_guard lock(mutex_);
  state_.received += count;
  state_.dropped[static_cast<std::size_t>(reason)] += count;
}

void Ledger::set_missing(std::uint64_t expected, std::uint64_t missing) {
  std::lock_guard lock(mutex_);
  state_.expected = expected;
  state_.missing = missing;
}

LedgerSnapshot Ledger::snapshot() const {
  std::lock_guard lock(mutex_);
  LedgerSnapshot copy = state_;
  copy.flow = flow_;
  return copy;
}

}  // namespace slicecast::metrics
