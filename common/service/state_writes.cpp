#include "common/service/state_writes.h"

#include "common/log/log.h"

namespace slicecast::service {
namespace {

constexpr std::int64_t kTryAgainNs = 2'000'000'000;
constexpr metrics::MetricInfo kFailures{
    "slicecast_state_write_failures_total", metrics::Kind::counter,
    "Attempts to write the state that is kept over a restart that failed"};

}  // namespace

StateWrites::StateWrites(metrics::Registry& registry) : failures_(registry.counter(kFailures)) {}

void StateWrites::report(const std::string& what, const Result<void>& written,
                         std::int64_t now_ns) {
  std::string trouble;
  if (!written)
    trouble = "degraded: " + what + " would not survive a restart: " + written.error().message;
  std::lock_guard lock(mutex_);
  tried_ns_ = now_ns;
  if (!written) ++failures_;
  if (trouble == trouble_) return;
  if (written)
    spdlog::info("{} can be written again", what);
  else
    spdlog::warn("{}", trouble);
  trouble_ = std::move(trouble);
}

bool StateWrites::wants_again(std::int64_t now_ns) const {
  std::lock_guard lock(mutex_);
  return !trouble_.empty() && now_ns - tried_ns_ >= kTryAgainNs;
}

std::string StateWrites::trouble() const {
  std::lock_guard lock(mutex_);
  return trouble_;
}

}  // namespace slicecast::service
