#include "viewer/model/facts_book.h"

#include <algorithm>
#include <utility>

namespace slicecast::viewer {
namespace {

constexpr std::size_t kMostKnown = 64, kMostWaiting = 1024;

bool same_processing(const SessionFacts& a, const SessionFacts& b) {
  return a.processed_scan == b.processed_scan && a.epoch == b.epoch &&
         a.geometry_revision == b.geometry_revision;
}

SessionFactsPtr facts_of_nobody(const std::string& viewer) {
  auto facts = std::make_shared<SessionFacts>();
  facts->viewer = viewer;
  return facts;
}

}  // namespace

FactsBook::FactsBook(const std::string& viewer)
    : nothing_(facts_of_nobody(viewer)), newest_(nothing_) {}

void FactsBook::told(SessionFactsPtr facts) {
  if (!facts) return;
  const SessionFactsPtr before = std::exchange(newest_, std::move(facts));
  // Status and parameters are two answers: a change between them makes a report of the epoch before
  // with the parameters after. The next report has the new epoch, or, if the change needed none,
  // the same once more.
  if (same_processing(*before, *newest_) && before->revision != newest_->revision) return;
  std::erase_if(known_, [&](const auto& known) { return same_processing(*known, *newest_); });
  known_.push_back(newest_);
  if (known_.size() > kMostKnown) known_.pop_front();
  std::erase_if(waiting_, [&](const Waiting& waiting) {
    const auto held = waiting.held.lock();
    if (held && !newest_->are_of(waiting.stamp)) return false;
    if (held) held->facts = newest_;
    return true;
  });
}

void FactsBook::arrived(const v1::Stamp& stamp, const std::shared_ptr<HeldFacts>& held) {
  if (!held) return;
  const auto known =
      std::ranges::find_if(known_, [&](const auto& it) { return it->are_of(stamp); });
  if (known != known_.end()) {
    held->facts = *known;
    return;
  }
  held->facts = newest_;
  waiting_.push_back({stamp, held});
  if (waiting_.size() > kMostWaiting) waiting_.pop_front();
}

void FactsBook::clear() {
  known_.clear();
  waiting_.clear();
  newest_ = nothing_;
}

}  // namespace slicecast::viewer
