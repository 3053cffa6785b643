#include "common/metrics/frame_account.h"

#include <algorithm>

namespace slicecast::metrics {
namespace {

std::uint64_t distance(std::uint64_t a, std::uint64_t b) {
  return a > b ? a - b : b - a;
}

}  // namespace

FrameAccount::Verdict FrameAccount::arrive(std::uint64_t id) {
  if (!any_) begin_at(id);
  if (id > newest_ && id - newest_ > kLeap) {
    // A damaged id must not make everything after it late; a sender that really is there says so
    // twice.
    const bool confirmed =
        suspect_known_ && distance(id, suspect_) <= std::max<std::uint64_t>(reorder_window_, 1024);
    suspect_known_ = true;
    suspect_ = id;
    if (!confirmed) return Verdict::implausible;
    advance_due(newest_ + 1);
    begin_at(id);
  }
  suspect_known_ = false;
  if (id < base_) return Verdict::forgotten;
  if (seen(id)) return Verdict::duplicate;
  mark(id);
  ++unique_;
  if (id < from_) {
    reach_back_to(id);
    return Verdict::fresh;
  }
  if (id < due_) {
    --missing_;
    ++late_;
    return Verdict::late;
  }
  if (id > newest_) {
    newest_ = id;
    if (newest_ > reorder_window_) advance_due(newest_ - reorder_window_);
    forget_old();
  }
  return Verdict::fresh;
}

void FrameAccount::end(std::uint64_t sent) {
  if (!any_ && sent > 0 && sent <= kLeap) begin_at(0);
  if (!any_) return;
  const std::uint64_t last = sent > newest_ && sent - newest_ <= kLeap ? sent : newest_ + 1;
  advance_due(last);
}

bool FrameAccount::seen(std::uint64_t id) const {
  if (id < base_) return false;
  const std::uint64_t word = (id - base_) / 64;
  return word < seen_.size() && ((seen_[word] >> (id % 64)) & 1u) != 0;
}

// A scan begins at 0. One that runs already is joined somewhere: what lies further back may come as
// far as frames may be out of order, but is not ours to miss.
void FrameAccount::begin_at(std::uint64_t id) {
  const std::uint64_t first = id > reorder_window_ ? id - reorder_window_ : 0;
  any_ = true;
  newest_ = id;
  base_ = first / 64 * 64;
  from_ = due_ = first == 0 ? 0 : id;
  seen_.clear();
}

void FrameAccount::reach_back_to(std::uint64_t id) {
  // None of those between was seen; they are due when what follows them is.
  if (due_ > from_)
    missing_ += from_ - id - 1;
  else
    due_ = id;
  from_ = id;
}

void FrameAccount::mark(std::uint64_t id) {
  const std::uint64_t word = (id - base_) / 64;
  if (word >= seen_.size()) seen_.resize(word + 1, 0);
  seen_[word] |= std::uint64_t{1} << (id % 64);
}

void FrameAccount::advance_due(std::uint64_t due) {
  for (; due_ < due; ++due_)
    if (!seen(due_)) ++missing_;
}

void FrameAccount::forget_old() {
  const std::uint64_t keep = std::max<std::uint64_t>(kRemembered, 2 * reorder_window_);
  while (!seen_.empty() && newest_ - base_ > keep && base_ + 64 <= due_) {
    seen_.pop_front();
    base_ += 64;
  }
}

}  // namespace slicecast::metrics
