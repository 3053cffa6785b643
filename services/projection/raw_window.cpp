#include "services/projection/raw_window.h"

#include <algorithm>

namespace slicecast::projection {

void RawWindow::set_window(std::uint64_t frames) {
  window_ = std::max<std::uint64_t>(frames, 1);
  shrink();
}

void RawWindow::insert(RawFrame frame, bool published) {
  newest_ = any_ ? std::max(newest_, frame.id) : frame.id;
  any_ = true;
  auto& entry = frames_[frame.id];
  bytes_ -= entry.frame.bytes();
  bytes_ += frame.bytes();
  entry.published = entry.published || published;
  entry.frame = std::move(frame);
  shrink();
}

void RawWindow::mark_published(std::uint64_t id) {
  const auto found = frames_.find(id);
  if (found != frames_.end()) found->second.published = true;
}

void RawWindow::clear() {
  frames_.clear();
  bytes_ = 0;
  any_ = false;
  newest_ = 0;
  budget_took_ = false;
}

const RawFrame* RawWindow::find(std::uint64_t id) const {
  const auto found = frames_.find(id);
  return found == frames_.end() ? nullptr : &found->second.frame;
}

const RawFrame* RawWindow::newest() const {
  return frames_.empty() ? nullptr : &frames_.rbegin()->second.frame;
}

std::vector<std::uint64_t> RawWindow::newest_first() const {
  std::vector<std::uint64_t> ids;
  ids.reserve(frames_.size());
  for (auto it = frames_.rbegin(); it != frames_.rend(); ++it) ids.push_back(it->first);
  return ids;
}

std::vector<std::uint64_t> RawWindow::unpublished_newest_first() const {
  std::vector<std::uint64_t> ids;
  for (auto it = frames_.rbegin(); it != frames_.rend(); ++it)
    if (!it->second.published) ids.push_back(it->first);
  return ids;
}

bool RawWindow::whole() const {
  return !budget_took_ || newest_taken_ < floor();
}

std::uint64_t RawWindow::floor() const {
  return newest_ >= window_ ? newest_ - window_ + 1 : 0;
}

void RawWindow::shrink() {
  while (!frames_.empty()) {
    const auto oldest = frames_.begin();
    const bool outdated = oldest->first < floor();
    if (!outdated && bytes_ <= budget_) return;
    if (!outdated) {
      newest_taken_ = budget_took_ ? std::max(newest_taken_, oldest->first) : oldest->first;
      budget_took_ = true;
    }
    bytes_ -= oldest->second.frame.bytes();
    frames_.erase(oldest);
  }
}

}  // namespace slicecast::projection
