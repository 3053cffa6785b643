#include "viewer/model/slice_history.h"

#include <algorithm>
#include <set>
#include <utility>

namespace slicecast::viewer {
namespace {

// A new run of the server counts from 1 again.
bool is_older(const SliceVersion& a, const SliceVersion& b) {
  return a.instance == b.instance && a.version < b.version;
}
bool is_same(const SliceVersion& a, const SliceVersion& b) {
  return a.instance == b.instance && a.version == b.version;
}

}  // namespace

SliceHistory::SliceHistory(Limits limits)
    : limits_{std::max<std::size_t>(limits.versions, 1), limits.bytes} {}

bool SliceHistory::push(const std::string& slice, SliceVersionPtr version) {
  if (!version) return false;
  const SliceVersionPtr last = newest(slice);
  if (last && is_older(*version, *last)) return false;
  Entry& entry = entries_[slice];
  if (frozen()) {
    if (!last || !is_same(*version, *last)) ++missed_;
    entry.aside = std::move(version);
    return true;
  }
  append(entry, std::move(version));
  evict();
  return true;
}

void SliceHistory::append(Entry& entry, SliceVersionPtr version) {
  if (!entry.kept.empty() && is_same(*version, *entry.kept.back())) {
    kept_bytes_ -= entry.kept.back()->bytes();
    entry.kept.pop_back();
  }
  kept_bytes_ += version->bytes();
  entry.kept.push_back(std::move(version));
  if (entry.kept.size() > limits_.versions) {
    kept_bytes_ -= entry.kept.front()->bytes();
    entry.kept.pop_front();
    ++evicted_;
  }
}

void SliceHistory::evict() {
  while (kept_bytes_ > limits_.bytes) {
    Entry* longest = nullptr;
    for (auto& [slice, entry] : entries_)
      if (entry.kept.size() > 1 && (!longest || entry.kept.size() > longest->kept.size()))
        longest = &entry;
    if (longest == nullptr) return;
    kept_bytes_ -= longest->kept.front()->bytes();
    longest->kept.pop_front();
    ++evicted_;
  }
}

void SliceHistory::remove(const std::string& slice) {
  const auto found = entries_.find(slice);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  for (const auto& version : entry.kept) kept_bytes_ -= version->bytes();
  entry.kept.clear();
  entry.aside = nullptr;
  if (!entry.a && !entry.b) entries_.erase(found);
}

void SliceHistory::clear() {
  entries_.clear();
  kept_bytes_ = 0;
  cursor_ns_.reset();
  missed_ = 0;
}

SliceVersionPtr SliceHistory::newest(const std::string& slice) const {
  const auto found = entries_.find(slice);
  if (found == entries_.end()) return nullptr;
  if (found->second.aside) return found->second.aside;
  return found->second.kept.empty() ? nullptr : found->second.kept.back();
}

SliceVersionPtr SliceHistory::shown(const std::string& slice) const {
  if (!frozen()) return newest(slice);
  const auto found = entries_.find(slice);
  if (found == entries_.end()) return nullptr;
  const auto& kept = found->second.kept;
  for (auto version = kept.rbegin(); version != kept.rend(); ++version)
    if ((*version)->arrived_ns <= *cursor_ns_) return *version;
  return nullptr;
}

std::vector<SliceVersionPtr> SliceHistory::shown_or_before(const std::string& slice,
                                                           std::size_t most,
                                                           std::int64_t patience_ns) const {
  std::vector<SliceVersionPtr> found;
  const SliceVersionPtr last = shown(slice);
  if (!last) return found;
  found.push_back(last);
  const auto& kept = entries_.at(slice).kept;
  for (auto it = kept.rbegin(); it != kept.rend() && found.size() < most; ++it) {
    if ((*it)->arrived_ns >= found.back()->arrived_ns) continue;
    if (found.back()->arrived_ns + patience_ns < last->arrived_ns) break;
    found.push_back(*it);
  }
  return found;
}

bool SliceHistory::holds(const std::string& slice, const v1::Stamp& stamp) const {
  const auto found = entries_.find(slice);
  return found != entries_.end() && std::ranges::any_of(found->second.kept, [&](const auto& it) {
           return same_image(it->header.stamp(), stamp);
         });
}

std::vector<std::int64_t> SliceHistory::arrivals() const {
  std::set<std::int64_t> times;
  for (const auto& [slice, entry] : entries_)
    for (const auto& version : entry.kept) times.insert(version->arrived_ns);
  return {times.begin(), times.end()};
}

void SliceHistory::freeze() {
  if (frozen()) return;
  const auto times = arrivals();
  cursor_ns_ = times.empty() ? 0 : times.back();
  missed_ = 0;
}

void SliceHistory::follow() {
  if (!frozen()) return;
  cursor_ns_.reset();
  missed_ = 0;
  for (auto& [slice, entry] : entries_)
    if (entry.aside) append(entry, std::exchange(entry.aside, nullptr));
  evict();
}

void SliceHistory::scrub(int arrivals_moved) {
  freeze();
  const auto times = arrivals();
  if (times.empty()) return;
  const auto at = std::ranges::upper_bound(times, *cursor_ns_) - times.begin() - 1;
  const auto last = static_cast<std::ptrdiff_t>(times.size()) - 1;
  const auto to = std::clamp<std::ptrdiff_t>(at + arrivals_moved, 0, last);
  cursor_ns_ = times[static_cast<std::size_t>(to)];
}

void SliceHistory::scrub_to(double share) {
  freeze();
  const auto times = arrivals();
  if (times.empty()) return;
  const double place = std::clamp(share, 0.0, 1.0) * static_cast<double>(times.size() - 1);
  cursor_ns_ = times[static_cast<std::size_t>(place + 0.5)];
}

double SliceHistory::share() const {
  if (!frozen()) return 1;
  const auto times = arrivals();
  if (times.size() < 2) return 1;
  const auto at = std::ranges::upper_bound(times, *cursor_ns_) - times.begin() - 1;
  return std::max(0.0, static_cast<double>(at) / static_cast<double>(times.size() - 1));
}

double SliceHistory::behind_s() const {
  if (!frozen()) return 0;
  std::int64_t newest_ns = *cursor_ns_;
  for (const auto& [slice, entry] : entries_)
    if (const auto version = newest(slice)) newest_ns = std::max(newest_ns, version->arrived_ns);
  return static_cast<double>(newest_ns - *cursor_ns_) * 1e-9;
}

void SliceHistory::choose(Choice choice, const std::string& slice) {
  const SliceVersionPtr now = shown(slice);
  if (!now) return;
  Entry& entry = entries_[slice];
  (choice == Choice::a ? entry.a : entry.b) = now;
}

void SliceHistory::forget_choices() {
  for (auto& [slice, entry] : entries_) entry.a = entry.b = nullptr;
  std::erase_if(entries_,
                [](const auto& item) { return item.second.kept.empty() && !item.second.aside; });
}

SliceVersionPtr SliceHistory::chosen(Choice choice, const std::string& slice) const {
  const auto found = entries_.find(slice);
  if (found == entries_.end()) return nullptr;
  return choice == Choice::a ? found->second.a : found->second.b;
}

std::size_t SliceHistory::bytes() const {
  std::set<const SliceVersion*> seen;
  std::size_t total = 0;
  const auto count = [&](const SliceVersionPtr& version) {
    if (version && seen.insert(version.get()).second) total += version->bytes();
  };
  for (const auto& [slice, entry] : entries_) {
    for (const auto& version : entry.kept) count(version);
    count(entry.aside);
    count(entry.a);
    count(entry.b);
  }
  return total;
}

std::size_t SliceHistory::versions(const std::string& slice) const {
  const auto found = entries_.find(slice);
  return found == entries_.end() ? 0 : found->second.kept.size();
}

}  // namespace slicecast::viewer
