#include "services/projection/refilter_plan.h"

namespace slicecast::projection {

void RefilterPlan::start(std::uint64_t epoch, std::vector<std::uint64_t> ids, bool announce) {
  epoch_ = epoch;
  ids_ = std::move(ids);
  position_ = 0;
  in_work_ = 0;
  announce_ = announce;
}

void RefilterPlan::cancel() {
  start(0, {}, false);
}

std::optional<std::uint64_t> RefilterPlan::next() {
  if (!has_next()) return std::nullopt;
  ++in_work_;
  return ids_[position_++];
}

void RefilterPlan::finished(std::uint64_t epoch) {
  if (epoch == epoch_ && in_work_ > 0) --in_work_;
}

bool RefilterPlan::take_ready() {
  if (!announce_ || remaining() != 0) return false;
  announce_ = false;
  return true;
}

}  // namespace slicecast::projection
