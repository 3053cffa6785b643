#include "viewer/link/mailbox.h"

namespace slicecast::viewer {

void Mailbox::post(const std::string& key, Arrival arrival) {
  Arrival replaced;  // freed outside of the lock
  {
    std::lock_guard lock(mutex_);
    const auto [position, is_new] = order_of_.try_emplace(key, posted_);
    if (!is_new) {
      const auto old = items_.find(position->second);
      replaced = std::move(old->second.arrival);
      items_.erase(old);
      position->second = posted_;
      ++superseded_;
    }
    items_.emplace(posted_++, Item{key, std::move(arrival)});
  }
  wake_();
}

std::vector<Arrival> Mailbox::take() {
  std::map<std::uint64_t, Item> items;
  {
    std::lock_guard lock(mutex_);
    items.swap(items_);
    order_of_.clear();
  }
  std::vector<Arrival> arrivals;
  arrivals.reserve(items.size());
  for (auto& [order, item] : items) arrivals.push_back(std::move(item.arrival));
  return arrivals;
}

std::uint64_t Mailbox::superseded() const {
  std::lock_guard lock(mutex_);
  return superseded_;
}

}  // namespace slicecast::viewer
