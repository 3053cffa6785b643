#include "plugins/sdk/work_board.h"

#include <algorithm>
#include <utility>

#include "common/base/clock.h"

namespace slicecast::plugin {

void WorkBoard::put(SliceView view) {
  {
    std::lock_guard lock(mutex_);
    const std::string& key = view.key();
    const auto found = waiting_.find(key);
    if (found == waiting_.end() && waiting_.size() >= most_keys_)
      return ledger_->receive_and_drop(metrics::Drop::queue_full);
    ledger_->receive();
    const std::int64_t now = steady_now_ns();
    if (found != waiting_.end()) {
      ledger_->drop(metrics::Drop::superseded);
      found->second.view = std::move(view);
      found->second.taken_ns = now;
    } else {
      std::string name = key;  // the view is gone when it is needed
      waiting_.emplace(std::move(name), Waiting{std::move(view), now, now});
    }
  }
  arrived_.notify_one();
}

void WorkBoard::tell(Surroundings around) {
  {
    std::lock_guard lock(mutex_);
    around_ = std::move(around);
    news_ = true;
  }
  arrived_.notify_all();
}

void WorkBoard::forget(const std::string& key) {
  std::lock_guard lock(mutex_);
  last_.erase(key);
  if (waiting_.erase(key) > 0) ledger_->drop(metrics::Drop::superseded);
}

void WorkBoard::clear() {
  std::lock_guard lock(mutex_);
  last_.clear();
  ledger_->drop(metrics::Drop::shed_by_policy, waiting_.size());
  waiting_.clear();
}

void WorkBoard::repeat() {
  {
    std::lock_guard lock(mutex_);
    const std::int64_t now = steady_now_ns();
    for (const auto& [key, view] : last_)
      if (waiting_.try_emplace(key, Waiting{view, now, now}).second) ledger_->receive();
  }
  arrived_.notify_all();
}

std::optional<WorkBoard::Job> WorkBoard::next(std::size_t most, bool hears,
                                              const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  arrived_.wait(lock, stop, [&] { return !waiting_.empty() || (hears && news_); });
  if (stop.stop_requested()) return {};
  Job job;
  job.around = around_;
  news_ = news_ && !hears;
  while (!waiting_.empty() && job.views.size() < most) {
    const auto longest = std::ranges::min_element(
        waiting_, {}, [](const auto& item) { return item.second.since_ns; });
    last_.insert_or_assign(longest->first, longest->second.view);
    job.views.push_back(std::move(longest->second.view));
    job.taken_ns.push_back(longest->second.taken_ns);
    waiting_.erase(longest);
  }
  // Keys come and go without end; those that wait are never more than most_keys_.
  while (last_.size() > most_keys_) last_.erase(last_.begin());
  return job;
}

std::size_t WorkBoard::waiting() const {
  std::lock_guard lock(mutex_);
  return waiting_.size();
}

}  // namespace slicecast::plugin
