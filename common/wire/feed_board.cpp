#include "common/wire/feed_board.h"

#include <algorithm>

namespace slicecast::wire {
namespace {

constexpr std::string_view kOnDemand = "request/";  // somebody waits for these

bool same(const std::vector<v1::Subscription>& ours, const v1::FeedDemand& demand) {
  return std::equal(ours.begin(), ours.end(), demand.subscriptions().begin(),
                    demand.subscriptions().end(), [](const auto& a, const auto& b) {
                      return a.prefix() == b.prefix() && a.max_rate_hz() == b.max_rate_hz() &&
                             a.encoding() == b.encoding() && a.max_side() == b.max_side();
                    });
}

}  // namespace

const v1::Subscription* subscription_for(const std::string& key,
                                         const std::vector<v1::Subscription>& subscriptions) {
  const v1::Subscription* best = nullptr;
  for (const auto& subscription : subscriptions)
    if (key.starts_with(subscription.prefix()) &&
        (best == nullptr || subscription.prefix().size() > best->prefix().size()))
      best = &subscription;
  return best;
}

std::uint64_t FeedBoard::publish(const std::string& key, v1::FeedHeader header,
                                 ConstBufferPtr pixels) {
  if (key.empty()) return 0;  // would read as a keep-alive
  Entry& entry = entries_[key];
  const std::uint64_t last = entry.publication > 0 ? entry.header.version() : 0;
  if (header.version() == 0)
    header.set_version((entry.publication > 0 ? last : highest_removed_) + 1);
  else if (header.version() <= last)
    return 0;
  header.set_instance(instance_);
  header.set_key(key);
  header.set_removed(false);
  entry.header = std::move(header);
  entry.pixels = std::move(pixels);
  ++entry.publication;
  for (auto& [peer, viewer] : viewers_) viewer.removals.erase(key);
  return entry.header.version();
}

void FeedBoard::remove(const std::string& key) {
  const auto entry = entries_.find(key);
  if (entry == entries_.end()) return;
  const std::uint64_t version = entry->second.header.version() + 1;
  highest_removed_ = std::max(highest_removed_, version);
  entries_.erase(entry);
  for (auto& [peer, viewer] : viewers_)
    if (viewer.seen.erase(key) > 0) viewer.removals[key] = version;
}

void FeedBoard::heard(const std::string& peer, const v1::FeedDemand& demand, Time now) {
  const bool fresh = !viewers_.contains(peer);
  Viewer& viewer = viewers_[peer];
  viewer.name = demand.consumer();
  viewer.last_heard = now;
  viewer.last_taken = demand.last_taken();
  viewer.blocked = false;
  if (fresh) {
    // The number after last_taken may still be on its way over an older connection.
    viewer.delivery = demand.last_taken() + 1;
    viewer.unreadable = demand.unreadable();
    recall(viewer, demand);
  }
  if (!same(viewer.subscriptions, demand)) resubscribe(viewer, demand);
  // Equality: an older number belongs to a message from before.
  if (viewer.in_flight && viewer.last_taken == viewer.delivery) viewer.in_flight = false;
  if (demand.unreadable() > viewer.unreadable) viewer.in_flight = false;
  viewer.unreadable = demand.unreadable();
}

void FeedBoard::recall(Viewer& viewer, const v1::FeedDemand& demand) {
  if (demand.instance() != instance_) return;
  viewer.subscriptions.assign(demand.subscriptions().begin(), demand.subscriptions().end());
  for (int i = 0; i < std::min(demand.keys_held_size(), demand.versions_held_size()); ++i) {
    const std::string& key = demand.keys_held(i);
    const std::uint64_t held = demand.versions_held(i);
    const auto entry = entries_.find(key);
    if (entry == entries_.end()) {
      viewer.removals[key] = std::max(highest_removed_, held + 1);
      continue;
    }
    const std::uint64_t version = entry->second.header.version();
    if (held > version) continue;
    const std::uint64_t behind = std::min(version - held, entry->second.publication);
    viewer.seen[key] = {held, entry->second.publication - behind, Time()};
  }
}

void FeedBoard::resubscribe(Viewer& viewer, const v1::FeedDemand& demand) {
  const auto before = std::move(viewer.subscriptions);
  viewer.subscriptions.assign(demand.subscriptions().begin(), demand.subscriptions().end());
  // What it sees differently now, or sees again after looking away, is sent anew.
  std::erase_if(viewer.seen, [&](const auto& seen) {
    const auto* was = subscription_for(seen.first, before);
    const auto* is = subscription_for(seen.first, viewer.subscriptions);
    return is == nullptr || was == nullptr || was->encoding() != is->encoding() ||
           was->max_side() != is->max_side();
  });
}

bool FeedBoard::wanted(const std::string& key) const {
  return std::any_of(viewers_.begin(), viewers_.end(), [&](const auto& viewer) {
    return subscription_for(key, viewer.second.subscriptions) != nullptr;
  });
}

bool FeedBoard::taken(const std::string& key) const {
  const auto entry = entries_.find(key);
  if (entry == entries_.end()) return true;
  return std::all_of(viewers_.begin(), viewers_.end(), [&](const auto& listed) {
    const Viewer& viewer = listed.second;
    if (subscription_for(key, viewer.subscriptions) == nullptr) return true;
    const auto seen = viewer.seen.find(key);
    return seen != viewer.seen.end() && seen->second.publication == entry->second.publication &&
           !(viewer.in_flight && viewer.last_key == key);
  });
}

bool FeedBoard::due(const Viewer& viewer, const Entries::value_type& entry, Time now,
                    Time& retry) const {
  if (subscription_for(entry.first, viewer.subscriptions) == nullptr) return false;
  const auto seen = viewer.seen.find(entry.first);
  if (seen == viewer.seen.end()) return true;
  if (seen->second.publication >= entry.second.publication) return false;
  if (now >= seen->second.next_allowed) return true;
  retry = std::min(retry, seen->second.next_allowed);
  return false;
}

FeedBoard::Entries::const_iterator FeedBoard::choose(const Viewer& viewer, Time now,
                                                     Time& retry) const {
  for (auto entry = entries_.lower_bound(std::string(kOnDemand));
       entry != entries_.end() && entry->first.starts_with(kOnDemand); ++entry)
    if (due(viewer, *entry, now, retry)) return entry;
  const auto start = entries_.upper_bound(viewer.last_key);
  for (auto entry = start; entry != entries_.end(); ++entry)
    if (due(viewer, *entry, now, retry)) return entry;
  for (auto entry = entries_.begin(); entry != start; ++entry)
    if (due(viewer, *entry, now, retry)) return entry;
  return entries_.end();
}

std::optional<FeedBoard::Delivery> FeedBoard::next(Viewer& viewer, Time now, Time& retry) {
  if (viewer.in_flight || viewer.blocked) return std::nullopt;
  Delivery delivery;
  if (!viewer.removals.empty()) {
    const auto notice = viewer.removals.begin();
    delivery.header.set_instance(instance_);
    delivery.header.set_key(notice->first);
    delivery.header.set_version(notice->second);
    delivery.header.set_removed(true);
    viewer.removals.erase(notice);
  } else {
    const auto entry = choose(viewer, now, retry);
    if (entry == entries_.end()) return std::nullopt;
    const auto& subscription = *subscription_for(entry->first, viewer.subscriptions);
    delivery.header = entry->second.header;
    delivery.pixels = entry->second.pixels;
    delivery.encoding = subscription.encoding();
    delivery.max_side = subscription.max_side();
    const auto seen = viewer.seen.find(entry->first);
    if (seen != viewer.seen.end() && seen->second.publication + 1 < entry->second.publication)
      delivery.header.set_superseded(entry->second.publication - seen->second.publication - 1);
    viewer.superseded += delivery.header.superseded();
    const double rate = subscription.max_rate_hz();
    const auto pause = std::chrono::duration<double>(rate > 0 ? std::min(1 / rate, 3600.0) : 0);
    viewer.seen[entry->first] = {delivery.header.version(), entry->second.publication,
                                 now + std::chrono::duration_cast<Clock::duration>(pause)};
    viewer.last_key = entry->first;
  }
  delivery.header.set_delivery(++viewer.delivery);
  viewer.in_flight = true;
  viewer.last_sent = now;
  ++viewer.delivered;
  return delivery;
}

}  // namespace slicecast::wire
