#include "plugins/sdk/faults.h"

#include "common/log/log.h"

namespace slicecast::plugin {
namespace {

constexpr std::size_t kMostKinds = 256;  // what comes after that only counts

}  // namespace

void Faults::note(const std::string& kind, const std::string& message) {
  std::lock_guard lock(mutex_);
  last_ = message;
  if (logged_.size() >= kMostKinds || !logged_.insert(kind).second) return;
  spdlog::error("{} (logged once; the ledger counts the others)", message);
}

std::string Faults::last() const {
  std::lock_guard lock(mutex_);
  return last_;
}

}  // namespace slicecast::plugin
